/**
 * Whether a `setup` command does nothing but install what lockfiles name. Only then may its result be kept by lockfile:
 * a build under such a key would run the old code under a new revision, an untrue `passed`.
 */
export interface ManifestFile {
  /** From the root of the tree. */
  readonly path: string;
  readonly text: string;
}

const installs = [/^npm (ci|clean-install|i|install)$/, /^yarn( install)?$/, /^pnpm (i|install)$/] as const;

/** Flags without an argument that change nothing but what is installed or printed. */
const harmlessFlags = new Set([
  '--ignore-scripts',
  '--no-audit',
  '--no-fund',
  '--prefer-offline',
  '--offline',
  '--frozen-lockfile',
  '--immutable',
  '--omit=dev',
  '--production',
  '--silent',
  '-s',
  '--loglevel=error',
]);

/** Scripts that a package manager runs by itself on an install. */
const ownScripts = [
  'preinstall',
  'install',
  'postinstall',
  'prepublish',
  'preprepare',
  'prepare',
  'postprepare',
  'dependencies',
] as const;

const dependencyFields = [
  'dependencies',
  'devDependencies',
  'optionalDependencies',
  'peerDependencies',
  'overrides',
  'resolutions',
] as const;

/** Files that decide what an install makes. */
export function isInstallInput(path: string): boolean {
  return /(^|\/)(package\.json|package-lock\.json|npm-shrinkwrap\.json|yarn\.lock|pnpm-lock\.yaml|pnpm-workspace\.yaml|\.npmrc|\.yarnrc|\.yarnrc\.yml|\.pnpmfile\.cjs|\.nvmrc)$/.test(
    path,
  );
}

/** `inputs`: every file of the tree for which `isInstallInput` holds. */
export function isPureInstall(command: string, inputs: readonly ManifestFile[]): boolean {
  const words = command.trim().split(/\s+/);
  const verb = words.filter((word) => !word.startsWith('-')).join(' ');
  if (!installs.some((each) => each.test(verb))) return false;
  if (!words.filter((word) => word.startsWith('-')).every((flag) => harmlessFlags.has(flag))) return false;
  // Hooks, plugins and patches are code of the repository that runs at install, or is written into its result.
  if (inputs.some(({ path }) => /\.pnpmfile\.cjs$|\.yarnrc(\.yml)?$/.test(path))) return false;
  if (inputs.some(({ path, text }) => path.endsWith('pnpm-workspace.yaml') && /patched|inject/i.test(text)))
    return false;
  if (
    !inputs.some(({ path }) =>
      /(package-lock\.json|npm-shrinkwrap\.json|yarn\.lock|pnpm-lock\.yaml)$/.test(path),
    )
  ) {
    return false;
  }
  return inputs.filter(({ path }) => path.endsWith('package.json')).every(({ text }) => isPureManifest(text));
}

function isPureManifest(text: string): boolean {
  let manifest: unknown;
  try {
    manifest = JSON.parse(text);
  } catch {
    return false;
  }
  if (!isRecord(manifest)) return false;
  const { scripts } = manifest;
  if (isRecord(scripts) && ownScripts.some((name) => Object.hasOwn(scripts, name))) return false;
  if ('pnpm' in manifest || 'dependenciesMeta' in manifest) return false;
  return dependencyFields.every((field) => !copiesFolder(manifest[field]));
}

/** `file:` and its like copy (yarn, injected pnpm) a folder of the repository whose content no lockfile names. */
function copiesFolder(dependencies: unknown): boolean {
  if (typeof dependencies === 'string')
    return /^(file:|link:|portal:|patch:|exec:|\.|\/|~)/.test(dependencies) && !/^~\d/.test(dependencies);
  if (!isRecord(dependencies)) return false;
  return Object.values(dependencies).some(copiesFolder);
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
