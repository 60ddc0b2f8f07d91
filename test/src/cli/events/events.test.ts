import fs from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { openAuditLog } from '../../../../src/reconciler/index.ts';
import { happeningText } from '../../../../src/cli/events/views.ts';
import { describeWithControlPlane } from '../../../support/control-plane.ts';
import { temporaryFolder } from '../../../support/folder.ts';
import { configMap, Reconciled } from '../../../support/reconciled.ts';
import { runOn } from '../../../support/run-command.ts';

const NAMESPACE = 'events-test';
const HASH = '5b5f2d1c0f4f8d7be0a5a6b0f7f2f1a9c3f0f8aa';

test('a change is told with the Kustomization, commit, author and cause, and the fields that changed', () => {
  const object = { group: '', version: 'v1', kind: 'ConfigMap', namespace: 'web', name: 'site' };
  const change = {
    time: Date.parse('2026-01-01T00:05:00Z'),
    operation: 'configured',
    object,
    kustomization: 'flux-system/apps',
    revision: `main@sha1:${HASH}`,
    commit: { hash: HASH, author: 'Ada <ada@example.org>', subject: 'Raise a' },
    fields: ['/data/a', '/metadata/annotations/example.org~1b'],
    cause: 'commit',
  } as const;
  const terminal = { width: undefined, paint: (text: string) => text };
  expect(happeningText({ kind: 'change', time: change.time, object, change }, terminal)).toBe(
    `2026-01-01T00:05:00Z ConfigMap/web/site  configured
    by Kustomization/flux-system/apps at 5b5f2d1c0f4f, Ada <ada@example.org>: Raise a (commit)
    data.a, metadata.annotations."example.org/b"
`,
  );
});

describeWithControlPlane('slipway events', (sandbox) => {
  const folder = temporaryFolder();
  const logFile = path.join(temporaryFolder(), 'audit.log');
  let cluster: Reconciled;
  const run = (...args: readonly string[]) => runOn(sandbox(), folder, 'events', '--audit-log', logFile, ...args);

  beforeAll(async () => {
    const log = openAuditLog(logFile, {
      onFailure: (error) => {
        throw error;
      },
    });
    cluster = await Reconciled.start(sandbox(), NAMESPACE, folder);
    await cluster.push({ 'site/a.yaml': configMap('site', { a: '1' }, { namespace: NAMESPACE }) });
    await cluster.kustomization('site');
    await cluster.ready('site');
    for (const change of cluster.changes) log.audit(change);
    log.close();
  }, 60_000);
  afterAll(async () => {
    await cluster.end();
    expect(cluster.errors).toEqual([]);
  });

  test('shows the events of a Kustomization and, from the audit log, what it changed, in the order of time', async () => {
    await cluster.until('the event', async () => (await cluster.events('site')).length > 0);
    const { status, stdout } = await run(`ks/${NAMESPACE}/site`);
    expect(status).toBe(0);
    expect(stdout).toMatch(
      / Kustomization\/events-test\/site {2}Progressing\n {4}ConfigMap\/events-test\/site created\n/,
    );
    expect(stdout).toMatch(
      / ConfigMap\/events-test\/site {2}created\n {4}by Kustomization\/events-test\/site at sha256:[0-9a-f]{8} \(commit\)\n/,
    );
    const { stdout: data } = await run(`ks/${NAMESPACE}/site`, '-o', 'json');
    const lines = data
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as { time: string; what: string });
    expect(new Set(lines.map(({ what }) => what))).toEqual(new Set(['event', 'change']));
    expect(lines.map(({ time }) => time)).toEqual(lines.map(({ time }) => time).toSorted());
  });

  test('shows nothing that is older than what is asked for, nor of other objects', async () => {
    expect((await run('--since', '0s', `ks/${NAMESPACE}/site`)).stdout).toBe('');
    expect((await run(`ks/${NAMESPACE}/other`)).stdout).toBe('');
    expect((await run('--since', 'yesterday')).status).toBe(2);
  });

  test('does without an audit log', async () => {
    const { status, stdout } = await runOn(sandbox(), folder, 'events', `ks/${NAMESPACE}/site`);
    expect(status).toBe(0);
    expect(stdout).not.toContain('ConfigMap/events-test/site  created');
    expect(fs.existsSync(path.join(folder, '.local'))).toBe(false);
  });
});
