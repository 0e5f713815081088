import { spawnSync } from 'node:child_process';

/** Runs a command and fails where it fails, or where it warns: `--strict` of the inspector exits 0 on warnings. */
const [command = '', ...args] = process.argv.slice(2);
const { status, stdout, stderr } = spawnSync(command, args, { encoding: 'utf8', maxBuffer: 64_000_000 });
process.stdout.write(stdout ?? '');
process.stderr.write(stderr ?? '');
const warned = /^Warning: tool |[1-9][0-9]* (errors|warnings)/m.test(`${stdout}\n${stderr}`);
process.exitCode = status === 0 && !warned ? 0 : 1;
