import fc from 'fast-check';
import { isLoopback } from '../../src/common/http/loopback.js';

describe('loopback', () => {
  it.each([
    ...['127.0.0.1', '127.9.9.9', '127.1', '0x7f.1', '2130706433', '::ffff:127.0.0.1', '::ffff:7f00:1'],
    ...['::1', '0:0:0:0:0:0:0:1', '0000:0000:0000:0000:0000:0000:0000:0001', '[::1]', '::1%lo', '::0001'],
    ...['localhost', 'LOCALHOST', 'localhost.', '0:0:0:0:0:ffff:127.0.0.1', '[::ffff:127.0.0.1]', ' ::1 '],
  ])('%s is this machine', (host) => {
    expect(isLoopback(host)).toBe(true);
  });

  it.each([
    ...['0.0.0.0', '::', '10.0.0.1', '::ffff:10.0.0.1', '::2', '128.0.0.1', '126.255.255.255', ''],
    ...['localhost.example.org', 'example.org', '127.0.0.1.example.org', 'x@localhost', 'localhost/x'],
    ...['localhost:80', '127.0.0.1:80', 'localhost evil', '1::1', 'fe80::1%lo'],
  ])('%s is not', (host) => {
    expect(isLoopback(host)).toBe(false);
  });

  it('is so for every address of 127.0.0.0/8 as IPv6 writes it, and for none beside it', () => {
    fc.assert(
      fc.property(fc.ipV4(), (address) => {
        const loopback = address.startsWith('127.');
        expect(isLoopback(address)).toBe(loopback);
        expect(isLoopback(`::ffff:${address}`)).toBe(loopback);
      }),
    );
    fc.assert(fc.property(fc.ipV6(), (address) => void isLoopback(address)));
    fc.assert(fc.property(fc.string(), (text) => void isLoopback(text)));
  });
});
