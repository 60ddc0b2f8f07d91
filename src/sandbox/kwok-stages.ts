/** What simulated kubelets do (kwok.x-k8s.io Stages): nodes and pods are ready at once, and those of Jobs done at once. */

const NOT_DELETED = { key: '.metadata.deletionTimestamp', operator: 'DoesNotExist' };
const NOT_READY = {
  key: '.status.conditions.[] | select( .type == "Ready" ) | .status',
  operator: 'NotIn',
  values: ['True'],
};
const OF_A_JOB = { key: '.metadata.ownerReferences.[].kind', operator: 'In', values: ['Job'] };

const STAGES = [
  stage('node-ready', 'Node', [NOT_READY], {
    statusTemplate: `{{ $now := Now }}
conditions:
- { type: Ready, status: "True", reason: Simulated, message: "", lastHeartbeatTime: {{ Quote $now }}, lastTransitionTime: {{ Quote $now }} }
phase: Running
`,
  }),
  stage('pod-ready', 'Pod', [NOT_DELETED, phase('Pending'), NOT_READY], {
    statusTemplate: `{{ $now := Now }}
phase: Running
startTime: {{ Quote $now }}
conditions:
{{ range (list "Initialized" "ContainersReady" "Ready") }}
- { type: {{ . }}, status: "True", lastTransitionTime: {{ Quote $now }} }
{{ end }}
{{ range .spec.readinessGates }}
- { type: {{ Quote .conditionType }}, status: "True", lastTransitionTime: {{ Quote $now }} }
{{ end }}
containerStatuses:
{{ range .spec.containers }}
- { name: {{ Quote .name }}, image: {{ Quote .image }}, ready: true, started: true, restartCount: 0, state: { running: { startedAt: {{ Quote $now }} } } }
{{ end }}
initContainerStatuses:
{{ range .spec.initContainers }}
- { name: {{ Quote .name }}, image: {{ Quote .image }}, ready: true, restartCount: 0, state: { terminated: { exitCode: 0, reason: Completed, startedAt: {{ Quote $now }}, finishedAt: {{ Quote $now }} } } }
{{ end }}
`,
  }),
  stage('pod-done', 'Pod', [NOT_DELETED, phase('Running'), OF_A_JOB], {
    statusTemplate: `{{ $now := Now }}
phase: Succeeded
containerStatuses:
{{ range .spec.containers }}
- { name: {{ Quote .name }}, image: {{ Quote .image }}, ready: false, started: false, restartCount: 0, state: { terminated: { exitCode: 0, reason: Completed, startedAt: {{ Quote $now }}, finishedAt: {{ Quote $now }} } } }
{{ end }}
`,
  }),
  stage('pod-gone', 'Pod', [{ key: '.metadata.deletionTimestamp', operator: 'Exists' }], { delete: true }),
];

/** kwok's configuration, a YAML stream. */
export const KWOK_CONFIGURATION = STAGES.map((document) => JSON.stringify(document)).join('\n---\n');

function stage(name: string, kind: string, matchExpressions: readonly object[], next: object) {
  return {
    apiVersion: 'kwok.x-k8s.io/v1alpha1',
    kind: 'Stage',
    metadata: { name },
    spec: { resourceRef: { apiGroup: 'v1', kind }, selector: { matchExpressions }, next },
  };
}

function phase(value: string) {
  return { key: '.status.phase', operator: 'In', values: [value] };
}
