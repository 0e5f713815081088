/**
 * Every item of bad input and faults that Seatrial must stand, and the tests that show it through the real door: the
 * built program, driven by an MCP client over stdio or by the command line, on a scratch repository. Of
 * a table of tests its row or its title is named.
 */
export interface Item {
  readonly item: string;
  /** Test files (from `test/faults/`) with the names of tests in them. */
  readonly shownBy: Readonly<Record<string, readonly string[]>>;
}

const item = (name: string, file: string, ...tests: string[]): Item => ({
  item: name,
  shownBy: { [`${file}.test.ts`]: tests },
});

/** Named by the issue, in its order. */
export const named: readonly Item[] = [
  item(
    'no git repository',
    'repository',
    'no git repository: every tool that needs one says not-a-repository',
  ),
  item(
    'a ref that does not exist',
    'repository',
    'a ref that does not exist: unknown-ref, as change and as baseline',
  ),
  item(
    'merge conflict in the tree',
    'repository',
    'a merge conflict in the tree: merge-conflict names the file, and the merge is left as it is',
  ),
  item(
    'a file named with a newline',
    'repository',
    'a file named with a newline: it is forked, run and reported on one line',
  ),
  item(
    'a service that never listens',
    'services',
    'never listens is not ready after readySeconds, with its last lines, and its process is ended',
  ),
  item(
    'a service that forks children',
    'services',
    'forks children, in its group and out of it, leaves none of them',
  ),
  item(
    'a service that ignores SIGTERM',
    'services',
    'ignores SIGTERM is killed after stopSeconds, and teardown leaves nothing',
  ),
  item(
    'two services on one fixed port',
    'services',
    'cannot be forked together: the sandbox fails and says to listen on PORT',
  ),
  item('a plan with unknown keys', 'plans', 'unknown keys', 'unknown keys of a step'),
  item('a plan with wrong types', 'plans', 'a wrong type'),
  item('a plan with a YAML alias bomb', 'plans', 'a YAML alias bomb', 'a YAML alias bomb in a step'),
  item('a plan with ---js frontmatter', 'plans', '---js frontmatter', '---javascript frontmatter'),
  item('a plan with __proto__ keys', 'plans', '__proto__ keys', '__proto__ in a step'),
  item(
    'a path outside the root',
    'plans',
    'a path outside the root is refused, wherever the path comes from',
  ),
  item(
    'unknown sandbox',
    'handles',
    'an unknown sandbox: unknown-sandbox from every tool, and the names of those that are mine',
  ),
  item('unknown plan', 'handles', 'an unknown plan: unknown-plan, with the near one'),
  item('unknown run', 'handles', 'an unknown run: unknown-run, of whatever form'),
  item(
    'another owner’s sandbox',
    'handles',
    'another owner’s sandbox: not-owner from every tool, and it goes on; its runs are unknown',
  ),
  item(
    'a request to a host that is no service',
    'handles',
    'is refused by the tools with the services that there are',
    'is refused by the gateway, and so is one that wants a proxy',
    'smart_diff sends nothing to the path %j that could leave the service',
  ),
  item(
    'an answer that is not JSON',
    'answers',
    'that is not JSON',
    'that is JSON cut short',
    'that is empty',
  ),
  item('an answer of 50 MB', 'answers', 'of 50 MB', 'of 50 MB of JSON'),
  item(
    'an answer that never ends',
    'answers',
    'that never begins',
    'that never ends',
    'that never ends and floods',
  ),
  item('an answer that breaks off', 'answers', 'that breaks off', 'that breaks off before it begins'),
  item('an edit during a run', 'runs', 'an edit during a run: inconclusive, stale-fork names the file'),
  item(
    'a fork that restarts during a run',
    'runs',
    'a fork that restarts during a run: inconclusive, whoever asked for it',
    'a fork that ends during a run: failed, fork-crashed, and the sandbox says so',
  ),
  item(
    'teardown during a run',
    'runs',
    'teardown during a run: it ends soon, inconclusive with sandbox-gone, and is kept',
  ),
  item(
    'host killed with -9 in the middle of provisioning',
    'hosts',
    'in the middle of provisioning: host-gone, nothing runs on, and the next call works',
    'in the middle of the first provisioning, when the baseline starts: the same',
  ),
  item(
    'host killed with -9 in the middle of a run',
    'hosts',
    'in the middle of a run: host-gone, the run says so for good, and the next run works',
  ),
  item(
    'host killed with -9 in the middle of teardown',
    'hosts',
    'in the middle of teardown: host-gone, all of it is gone, and teardown again says so',
  ),
  item(
    'two MCP servers and a CLI call starting the host at the same moment',
    'hosts',
    'two MCP servers and a CLI call that start the host at the same moment get one host, and all three succeed',
  ),
  item(
    'a host of an older version',
    'hosts',
    'that serves a sandbox stays: host-version says what to do; without one it makes place',
  ),
  item(
    'a socket that nobody answers',
    'hosts',
    'that nobody answers: host-unreachable says what holds it; gone, the next call works',
    'of a host that is stopped: host-unreachable names its process, and it goes on where it was',
    'that a dead host left, beside a broken card and a broken journal: the next call works',
  ),
  item(
    'a client that disappears at any point',
    'clients',
    'while it provisions (%s): the work goes on, and the next client has the sandbox',
    'while it runs: the run goes on, and the next client that asks the same gets its result',
    'while it tears down: the teardown goes on',
    'between two calls: nothing of it was lost',
  ),
  item(
    'stdin closed',
    'clients',
    'stdin closed in the middle of a call: the server ends with 0, the work goes on',
  ),
  item(
    'disk full in the cache',
    'disk',
    'where the cache is: disk-full, the witness serves, and with room again the same call works',
    'for git alone, when it writes a snapshot: the same',
  ),
];

/** What users meet besides. */
export const further: readonly Item[] = [
  item('seatrial.yaml is missing', 'repository', 'missing: no-config with an example'),
  item('seatrial.yaml is broken', 'repository', 'broken YAML', 'an unknown key', 'a bomb of aliases'),
  item('a service named with upper case', 'repository', 'a service with upper case'),
  item(
    'nothing changed',
    'repository',
    'nothing changed: nothing-changed, and a service can be named all the same',
  ),
  item('200 changed files', 'repository', '200 changed files: all are in the fork, and results stay small'),
  item('a loop of symbolic links', 'repository', 'a loop of symbolic links in the tree is forked as it is'),
  item(
    'the folder of a service is deleted',
    'repository',
    'the folder of a service is deleted: the sandbox fails with the last lines and the next step',
  ),
  item('no git identity', 'repository', 'without a git identity everything works: nothing is committed'),
  item(
    'a parameter of a wrong type',
    'plans',
    'a parameter of a wrong type or an unknown one: invalid-params names it',
  ),
  item(
    'a secret that is not set',
    'plans',
    'a secret whose variable is not set: missing-secret; set, its value shows nowhere',
  ),
  item(
    'a log of 100 MB',
    'services',
    'writes 100 MB into its log serves all the same, in bounded memory and on bounded disk',
  ),
  item(
    'a sandbox name that is too long',
    'handles',
    'a name that is too long, or no label: invalid-argument says what is allowed',
  ),
  item(
    'wait_seconds 0, and a run while provisioning',
    'handles',
    'wait_seconds 0 returns at once, and a run while it is provisioning is refused with the call that waits',
  ),
  item(
    'two agents update one sandbox at once',
    'handles',
    'two agents update one sandbox at once: both are answered, and one of the two changes is in it',
  ),
  item(
    'the working tree is removed',
    'handles',
    'the working tree is removed while its sandbox lives: the others go on, and its lease ends it',
  ),
  item(
    'a lease that ended',
    'handles',
    'a lease that ended: sandbox-gone with the reason, and provisioning again makes a new one',
  ),
  item('too many sandboxes', 'handles', 'more sandboxes than maxSandboxes: too-many-sandboxes names them'),
  item(
    'the baseline’s processes are killed',
    'runs',
    'the baseline’s processes are killed during a run: the change is not blamed, and the next run passes',
  ),
  item(
    'two agents start the same run',
    'runs',
    'two agents start the same run at once: it runs once, and both get the result',
  ),
  item(
    'host and watchdog are killed together',
    'hosts',
    'together with its watchdog: the next host sweeps what they left',
  ),
  item('Ctrl-C', 'clients', 'a command that is interrupted (Ctrl-C): one clear error, the work goes on'),
  item(
    'a call that is cancelled',
    'clients',
    'a call that the client cancels: the wait ends, the work goes on',
  ),
  item(
    'the journal cannot be written',
    'disk',
    'where the journal is: disk-full, no key is handed out, and the witness serves',
  ),
  item('SEATRIAL_HOME cannot be used', 'disk', 'that cannot be used: one clear error that names it'),
];
