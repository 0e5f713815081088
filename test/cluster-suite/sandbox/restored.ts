import { expect, test } from 'vitest';
import type { Condition, KubeObject } from '../../../src/kube/objects.ts';
import { serviceManifests } from '../faults/app.ts';
import type { Stage } from '../faults/stage.ts';

const manager = 'argocd-controller';

export function restored(stage: () => Stage): void {
  test('restored a fourth time the Service is left alone: Sandbox and doctor name who did it and what to set, and enroll leads out', async () => {
    const own = stage();
    const { cluster, namespace, engine } = own;
    const kubectl = (...args: readonly string[]) => cluster.kubectl(['-n', namespace, ...args]);
    const { routingKey } = await own.ready('fought');
    const conditions = async () => {
      const text = await kubectl('get', 'sbx', 'fought', '-o', 'json');
      const { status } = JSON.parse(text) as KubeObject & {
        readonly status: { readonly conditions: readonly Condition[] };
      };
      return Object.fromEntries(status.conditions.map((condition) => [condition.type, condition]));
    };
    const restore = () =>
      cluster.kubectl(
        [
          ...['-n', namespace, 'apply', '--server-side', '--force-conflicts'],
          ...[`--field-manager=${manager}`, '-f', '-'],
        ],
        { input: serviceManifests() },
      );
    const serves = { timeout: 60_000, interval: 500 };

    for (let time = 1; time <= 3; time += 1) {
      await restore();
      await expect.poll(() => own.isGivenBack(), serves).toBe(false);
      await expect.poll(async () => (await conditions()).Ready, serves).toMatchObject({ status: 'True' });
      const asked = () => own.caller.ask(own.address, routingKey, 3);
      await expect.poll(asked, serves).toEqual({ '200 fought': 3 });
    }

    await restore();
    const said = { status: 'False', reason: 'RestoredByOthers' };
    await expect.poll(async () => (await conditions()).Ready, serves).toMatchObject(said);
    const { Ready, Routed } = await conditions();
    expect(Routed).toMatchObject({
      ...said,
      message: expect.stringMatching(new RegExp(`${manager} restored Service pricing 4 times`)),
    });
    const setting = /ignoreDifferences.*seatrial enroll pricing/;
    expect(Ready?.message).toMatch(setting);
    const failed = await own.settled('fought');
    expect(failed).toMatchObject({ state: 'failed', reason: { code: 'restored-by-others' } });
    expect(failed.reason?.message).toMatch(setting);
    const endpoint = engine.endpoint(
      'pricing',
      { kind: 'sandbox', name: 'fought' },
      AbortSignal.timeout(9_000),
    );
    await expect(endpoint).rejects.toMatchObject({ code: 'sandbox-not-ready' });
    const doctor = await own.seatrial(['doctor', '--namespace', namespace]);
    expect(doctor.code).toBe(4);
    expect(doctor.stdout).toMatch(/^FAIL enrolled Services: .*argocd-controller restored Service pricing/m);
    expect(doctor.stdout).toMatch(setting);
    const events = await kubectl('get', 'events', '--field-selector', 'reason=EnrolmentStopped');
    expect(events).toContain(manager);
    // Left alone: what its manager applied stays, and it goes on to apply it.
    await restore();
    expect(await own.isGivenBack()).toBe(true);
    expect(await own.caller.ask(own.address, null, 5)).toEqual({ '200 baseline': 5 });

    const out = await own.seatrial(['enroll', '--namespace', namespace, 'pricing']);
    expect(out.code, out.stdout + out.stderr).toBe(0);
    // Nothing else has to be done for the sandbox.
    await expect.poll(async () => (await conditions()).Ready, serves).toMatchObject({ status: 'True' });
    const again = () => own.caller.ask(own.address, routingKey, 5);
    await expect.poll(again, serves).toEqual({ '200 fought': 5 });
    await own.clean('fought');
    await own.intact();
  });
}
