import { randomInt } from 'node:crypto';
import { Secret } from '../../common/secret.js';

const CHARACTERS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789';
const LENGTH = 40;

/** A new password: 238 random bits, no character of which means anything to a shell or in a URL. */
export function newPassword(): Secret {
  return new Secret(Array.from({ length: LENGTH }, () => CHARACTERS[randomInt(CHARACTERS.length)]).join(''));
}
