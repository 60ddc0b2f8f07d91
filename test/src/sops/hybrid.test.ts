import { Decrypter, Encrypter, generateHybridIdentity, identityToRecipient } from 'age-encryption';
import { describe, expect, test } from '@jest/globals';
import { decodeBech32 } from '../../../src/sops/age/bech32.ts';
import { nativeHybridIdentity } from '../../../src/sops/age/hybrid.ts';
import { postQuantumIdentity } from './fixtures.ts';

describe('a post-quantum identity', () => {
  test('opens what the age library encrypts, with this Node’s own ML-KEM', async () => {
    for (let i = 0; i < 5; i++) {
      const text = await generateHybridIdentity();
      const encrypter = new Encrypter();
      encrypter.addRecipient(await identityToRecipient(text));
      encrypter.addRecipient(await identityToRecipient(await generateHybridIdentity()));
      const file = await encrypter.encrypt('hello');
      const decrypter = new Decrypter();
      decrypter.addIdentity(nativeHybridIdentity(text)!);
      expect(await decrypter.decrypt(file, 'text')).toBe('hello');
      const other = new Decrypter();
      other.addIdentity(nativeHybridIdentity(await generateHybridIdentity())!);
      await expect(other.decrypt(file)).rejects.toThrow('no identity matched');
    }
  });

  test('is not taken with a letter wrong or missing', () => {
    const swap = postQuantumIdentity.replace(
      /.(.{5})$/,
      (last, rest: string) => (last.startsWith('Q') ? 'P' : 'Q') + rest,
    );
    for (const broken of [swap, postQuantumIdentity.slice(0, -1), postQuantumIdentity.replace('PQ-', ''), '']) {
      expect(nativeHybridIdentity(broken)).toBeUndefined();
    }
    expect(decodeBech32(postQuantumIdentity, 'age-secret-key-pq-')).toHaveLength(32);
    expect(decodeBech32(`${postQuantumIdentity.slice(0, -1)}q`, 'age-secret-key-pq-')).toBeUndefined();
  });
});
