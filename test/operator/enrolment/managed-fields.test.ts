import { expect, test } from 'vitest';
import { type ManagedEntry, withoutOurs } from '../../../src/operator/enrolment/managed-fields.ts';

const us = 'seatrial-controller';
const entry = (manager: string, spec: ManagedEntry['fieldsV1'], time = 't1'): ManagedEntry => ({
  manager,
  operation: 'Apply',
  apiVersion: 'v1',
  time,
  fieldsV1: { 'f:spec': spec ?? {} },
});
const ours: ManagedEntry = { ...entry(us, { 'f:selector': {} }), operation: 'Update' };

test('gives a field that we took back to its owner, times included', () => {
  const before = [entry('owner', { 'f:selector': {}, 'f:type': {} })];
  expect(withoutOurs([entry('owner', { 'f:type': {} }, 't2'), ours], before, us)).toEqual(before);
});

test('brings an owner back of which we took all', () => {
  const before = [entry('owner', { 'f:selector': {} })];
  expect(withoutOurs([ours], before, us)).toEqual(before);
});

test('leaves a field with whoever took it from us meanwhile', () => {
  const before = [entry('owner', { 'f:selector': {} })];
  const other = entry('other', { 'f:selector': {} });
  expect(withoutOurs([other, { ...ours, fieldsV1: {} }], before, us)).toEqual([other]);
});

test('gives nothing back that its owner dropped meanwhile', () => {
  const before = [entry('owner', { 'f:selector': {}, 'f:type': {} })];
  const now = entry('owner', {}, 't2');
  expect(withoutOurs([now, ours], before, us)).toEqual([entry('owner', { 'f:selector': {} }, 't2')]);
});
