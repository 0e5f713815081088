import { expect, test } from 'vitest';
import { hostFolders } from '../../src/host/folders.ts';

test('SEATRIAL_HOME holds everything', () => {
  const folders = hostFolders('/repos/shop/.git', { SEATRIAL_HOME: '/s', XDG_CACHE_HOME: '/c', HOME: '/h' });
  for (const path of Object.values(folders)) expect(path).toMatch(/^\/s\//);
  expect(folders.state).toContain('shop-');
});

test('the XDG folders are used without it, and relative ones ignored', () => {
  const env = {
    HOME: '/h',
    XDG_CACHE_HOME: '/c',
    XDG_STATE_HOME: 'relative',
    XDG_RUNTIME_DIR: '/run/user/7',
  };
  const folders = hostFolders('/repos/shop/.git', env);
  expect(folders.cache).toMatch(/^\/c\/seatrial\/shop-/);
  expect(folders.state).toMatch(/^\/h\/\.local\/state\/seatrial\/shop-/);
  expect(folders.socket).toMatch(/^\/run\/user\/7\/seatrial-\d+\/[0-9a-f]{16}\/host\.sock$/);
});

test('two repositories share nothing, one repository has one socket', () => {
  const env = { HOME: '/h' };
  expect(hostFolders('/a/.git', env)).toEqual(hostFolders('/a/.git', env));
  expect(hostFolders('/a/.git', env).socket).not.toBe(hostFolders('/b/.git', env).socket);
  expect(hostFolders('/a/.git', env).cache).not.toBe(hostFolders('/b/.git', env).cache);
});

test('the socket fits into sun_path however long the folders are', () => {
  const long = `/${'long/'.repeat(40)}x`;
  for (const env of [
    { SEATRIAL_HOME: long },
    { XDG_RUNTIME_DIR: long, TMPDIR: long },
    { SEATRIAL_HOME: long, TMPDIR: long },
  ]) {
    expect(Buffer.byteLength(hostFolders('/repo/.git', env).socket)).toBeLessThanOrEqual(100);
  }
});

test('two homes mean two hosts, even where their sockets lie in the same place', () => {
  const a = hostFolders('/repo/.git', { SEATRIAL_HOME: `/${'a'.repeat(120)}` });
  const b = hostFolders('/repo/.git', { SEATRIAL_HOME: `/${'b'.repeat(120)}` });
  expect(a.socket).not.toBe(b.socket);
});
