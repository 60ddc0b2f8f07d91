import { expect, test } from '@jest/globals';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createTurns } from '../../../src/reconciler/turns.ts';

test('turns come in the order in which they were asked for', async () => {
  const turn = createTurns();
  const order: number[] = [];
  await Promise.all([1, 2, 3].map(async (number) => turn().then(() => order.push(number))));
  expect(order).toEqual([1, 2, 3]);
});

test('an answer is read between two turns, not after the last', async () => {
  const server = createServer((_, response) => response.end('answer')).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  try {
    let isAnswered = false;
    const answered = fetch(`http://127.0.0.1:${port}`).then(() => {
      isAnswered = true;
    });
    const turn = createTurns();
    let turns = 0;
    // Each waits for the one before it only, as loops do that wake together; more of them than an answer can take.
    const all = Array.from({ length: 100_000 }, async () => {
      await turn();
      if (!isAnswered) turns++;
    });
    await answered;
    expect(turns).toBeLessThan(all.length);
    await Promise.all(all);
  } finally {
    server.close();
  }
});
