/** Faults that issue 4 names for the cluster, in its words, and the tests that show them. */
export interface Item {
  readonly item: string;
  /** Files (from `test/`) with the names of tests in them; of a table of tests its row or its title is named. */
  readonly shownBy: Readonly<Record<string, readonly string[]>>;
}

const item = (name: (typeof named)[number], shownBy: Item['shownBy']): Item => ({ item: name, shownBy });
const faults = (file: string) => `cluster-suite/faults/${file}.ts`;
const badInput = (...tests: string[]) => ({ [faults('bad-input')]: tests });
const killed = (...tests: string[]) => ({ [faults('killed')]: tests });
const byHand = (...tests: string[]) => ({ [faults('by-hand')]: tests });
const agents = (...tests: string[]) => ({ [faults('agents')]: tests });
const controllerFails = (...tests: string[]) => ({ 'cluster-suite/controller/failures.long.test.ts': tests });
const routers = (...tests: string[]) => ({ 'cluster-suite/router/router.test.ts': tests });

/** All that the issue names, in its words and order. */
export const named = [
  'Service or workload missing',
  'two Deployments behind one selector',
  'image that does not exist',
  'crash loop',
  'OOM kill',
  'never ready',
  'wrong port',
  'quota exceeded',
  'each right taken away in turn names the missing rule',
  'namespace being deleted',
  'CRD missing or older',
  '50 sandboxes at once for one service',
  'the controller killed in each phase of provisioning and teardown',
  'a router pod killed under load',
  'both killed',
  'the gateway killed',
  'API server stopped 10 s and restarted',
  'the MCP client killed with -9: the lease cleans up',
  'a fork deleted by hand in the middle of a run',
  'shadow Service or router Deployment deleted by hand',
  '`uninstall` with live sandboxes',
] as const;

export const items: readonly Item[] = [
  item(
    'Service or workload missing',
    badInput('its Service is missing', 'no workload is behind its Service'),
  ),
  item('two Deployments behind one selector', badInput('two Deployments are behind its Service')),
  item('image that does not exist', {
    ...badInput('its image does not exist'),
    ...controllerFails('ImagePullFailed'),
  }),
  item('crash loop', { ...badInput('it crashes again and again'), ...controllerFails('CrashLoop') }),
  item('OOM kill', { ...badInput('it is killed for its memory'), ...controllerFails('OOMKilled') }),
  item('never ready', { ...badInput('it is never ready'), ...controllerFails('NeverReady') }),
  item('wrong port', badInput('it listens on another port')),
  item('quota exceeded', {
    ...badInput('the quota is exceeded: its requests are refused until there is room, and nothing is left'),
    ...controllerFails('QuotaExceeded, and serves once there is room'),
  }),
  item('each right taken away in turn names the missing rule', {
    [faults('rights')]: [
      'doctor names every right that is taken away, and says that all is there once it is back',
      'to enrol and to fork: the Sandbox names one after the other, and is ready once all are back',
      'to see the cluster when it starts: Sandboxes name one after the other, and serve again',
      'to tear down: the Sandbox names one after the other, stays, and goes once they are back',
      'to end it when its lease is over: it says so, and ends once it is back',
      'to write its status: an Event says so, and it is ready once it is back',
      'to read logs: it stands in place of the last lines',
      'of routers that start: the Sandbox names one after the other, and serves once all are back',
      'of gateways that start: calls through them name one after the other, and go on',
      'of the agent: the call that needs it names it, with what to do',
      'of the gateway to logs: the call for them names it',
    ],
    'cluster-suite/kube/channel-faults.long.test.ts': ['names the rule that is missing'],
    'cluster/right-cases.test.ts': ['%s: it is known where its lack is read'],
  }),
  item('the controller killed in each phase of provisioning and teardown', {
    ...killed(
      'both controllers while they provision: the next one goes on, and no request goes astray',
      'both controllers while they tear down: the next one ends it, and no request goes astray',
    ),
    'cluster-suite/controller/killed.test.ts': [
      'while it provisions, once %s: the next one goes on',
      'while it tears down, once %s: the next one ends it',
      'is followed by the other replica, and two never lead at once',
    ],
  }),
  item('a router pod killed under load', {
    ...killed('one router under load: requests with the key never reach the baseline'),
    ...routers(
      'a router deleted under load: no request is lost, and none is routed wrongly',
      'HAProxy killed in its pod: it refuses keyed requests until it has the table, and serves all others',
    ),
  }),
  item('both killed', {
    ...killed(
      'both routers under load: the same as long as they lead anywhere, and all goes through once one is back',
    ),
    [faults('routers-down')]: [
      'sandboxes are told before Services lead to the baseline, no run passes, and all comes back',
      'scaled to none by hand: the controller sees to them at once',
    ],
    ...routers(
      'both routers killed: requests fail or are refused until one is back, and no keyed one reaches the baseline',
    ),
  }),
  item('the gateway killed', {
    ...killed('both gateways: calls through the engine go on once one is back, on their own side'),
    'cluster-suite/kube/channel-faults.long.test.ts': [
      'goes on through the other pod when its gateway is killed, and loses only what was under way',
    ],
  }),
  item('the MCP client killed with -9: the lease cleans up', {
    ...agents('that is killed with -9, its host with it: the lease cleans up'),
    'cluster-suite/controller/life.test.ts': [
      'is torn down when its lease is over, and its key says expired',
    ],
  }),
  item('a fork deleted by hand in the middle of a run', {
    ...agents('whose fork is deleted by hand in the middle of a run gets inconclusive, never passed'),
    ...byHand('the fork: its requests are refused until the next one serves, and never reach the baseline'),
    ...routers(
      'a fork pod deleted by hand: its requests are refused until the next one serves, never the baseline',
    ),
  }),
  item(
    'shadow Service or router Deployment deleted by hand',
    byHand(
      'the shadow Service: it is made again, and no request with the key reaches the baseline',
      'the Deployment of the routers: it is made again, and no request with the key reaches the baseline',
    ),
  ),
  item('namespace being deleted', {
    [faults('taken-away')]: ['a namespace that is deleted with a live sandbox goes, and holds nothing up'],
  }),
  item('`uninstall` with live sandboxes', {
    [faults('taken-away')]: [
      'is refused, and names it; the sandbox goes on',
      'by force: all of ours is gone, the Service is as before, and its owner applies it without conflict',
    ],
  }),
  item('CRD missing or older', {
    [faults('crd')]: [
      'that is older: Sandbox, agent, doctor and controller say it; after install all goes on',
      'that is deleted: its sandboxes end in order; agent and doctor say it; after install all goes on',
    ],
  }),
  item('50 sandboxes at once for one service', {
    [faults('fifty')]: [
      '50 sandboxes at once for one service: each key reaches its own fork, and all are gone after',
    ],
  }),
  item('API server stopped 10 s and restarted', {
    [faults('api-server')]: [
      'the API server stopped for 10 s: routing goes on, the channel comes back, and no run passes falsely',
    ],
  }),
];
