/** The reconciler as a process of its own: `node reconciler.ts KUBECONFIG FOLDER`. Says `ready`; SIGTERM ends it. */
import { setFlagsFromString } from 'node:v8';

// As bin/slipway.js has it: before any code of the program is loaded.
setFlagsFromString('--semi-space-growth-factor=1');
setFlagsFromString('--heap-growing-percent=40');
const { createClient, loadAccess } = await import('../../src/kube/index.ts');
const { DEFAULT_POLICY, startReconciler } = await import('../../src/reconciler/index.ts');
const { createEngine, createKustomizeProgram } = await import('../../src/render/index.ts');
const { openStorage } = await import('../../src/sources/index.ts');
const [kubeconfig = '', folder = ''] = process.argv.slice(2);
const abort = new AbortController();
process.once('SIGTERM', () => {
  abort.abort();
});
const client = createClient(loadAccess({ env: {}, kubeconfig }), { env: {} });
const { ended } = await startReconciler({
  client,
  engine: createEngine(createKustomizeProgram(undefined, undefined)),
  storage: openStorage(folder),
  audit: () => undefined,
  policy: DEFAULT_POLICY,
  defaultServiceAccount: '',
  folders: new Map(),
  signal: abort.signal,
  onError: (error) => {
    console.error(error);
  },
});
console.log('ready');
await ended;
client.close();
