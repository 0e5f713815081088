// The build starts empty, so that a file that was removed from src is not shipped from dist.
import { rmSync } from 'node:fs';

rmSync(new URL('../dist', import.meta.url), { recursive: true, force: true });
