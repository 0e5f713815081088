import { admissionObjects, settingsObject } from './admission.ts';
import { controllerObjects, systemNamespaceObject } from './controller.ts';
import type { Installation, Manifest } from './manifest.ts';
import { roleObjects } from './roles.ts';

/**
 * All that `seatrial install` applies, in the order to apply it in. `crd` is `deploy/crd.yaml`, `images` the allow-list
 * (none: all images).
 */
export function systemObjects(
  installation: Installation,
  { crd, images }: { readonly crd: Manifest; readonly images: readonly string[] },
): readonly Manifest[] {
  return [
    crd,
    systemNamespaceObject(installation),
    settingsObject(installation, images),
    ...admissionObjects(installation, images),
    ...roleObjects(installation),
    ...controllerObjects(installation),
  ];
}
