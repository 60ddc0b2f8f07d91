/** The reconciler as a process of its own: `node reconciler.ts KUBECONFIG FOLDER`. Says `ready`; SIGTERM ends it. */
import { createClient, loadAccess } from '../../src/kube/index.ts';
import { startReconciler } from '../../src/reconciler/index.ts';
import { createEngine, createKustomizeProgram } from '../../src/render/index.ts';
import { openStorage } from '../../src/sources/index.ts';

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
  policy: { noCrossNamespaceRefs: false },
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
