import { execFileSync } from 'node:child_process';

/** Tests that start the product start what users get: the build. It is made once before all tests. */
export function setup(): void {
  execFileSync('npm', ['run', '--silent', 'build'], { stdio: 'inherit' });
}
