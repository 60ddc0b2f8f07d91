/** The release of Flux that FluxSystem installs, and of whose CRDs imports/ are. */
export const FLUX_VERSION = '2.9.4';

/** What `flux install` installs by itself. */
export const DEFAULT_COMPONENTS = [
  'source-controller',
  'kustomize-controller',
  'helm-controller',
  'notification-controller',
] as const;

/** What it installs when it is asked to (`--components-extra`). */
export const EXTRA_COMPONENTS = [
  'image-reflector-controller',
  'image-automation-controller',
  'source-watcher',
] as const;

export type FluxComponent = (typeof DEFAULT_COMPONENTS)[number] | (typeof EXTRA_COMPONENTS)[number];

/** What one controller is, where it differs from the others (fluxcd/flux2: manifests/bases). */
export interface Component {
  readonly version: string;
  /** The API groups, or single kinds, whose CRDs come with it. */
  readonly crds: readonly string[];
  /** Serves artifacts of its own. */
  readonly isSource: boolean;
  /** The system's own pods come before all others when a node is full. */
  readonly isCritical: boolean;
  /** How long it may take to end what it is at. */
  readonly terminationGracePeriodSeconds: number;
  /** Its volumes, name to path, all empty at start. */
  readonly volumes: Readonly<Record<string, string>>;
}

const TEMPORARY = { temp: '/tmp' };
const SOURCE = {
  isSource: true,
  isCritical: true,
  terminationGracePeriodSeconds: 10,
  volumes: { data: '/data', tmp: '/tmp' },
};

export const COMPONENTS: Readonly<Record<FluxComponent, Component>> = {
  'source-controller': { ...SOURCE, version: 'v1.9.4', crds: ['source.toolkit.fluxcd.io'] },
  'kustomize-controller': {
    version: 'v1.9.4',
    crds: ['kustomize.toolkit.fluxcd.io'],
    isSource: false,
    isCritical: true,
    terminationGracePeriodSeconds: 60,
    volumes: TEMPORARY,
  },
  'helm-controller': {
    version: 'v1.6.3',
    crds: ['helm.toolkit.fluxcd.io'],
    isSource: false,
    isCritical: true,
    terminationGracePeriodSeconds: 600,
    volumes: TEMPORARY,
  },
  'notification-controller': {
    version: 'v1.9.3',
    crds: ['notification.toolkit.fluxcd.io'],
    isSource: false,
    isCritical: false,
    terminationGracePeriodSeconds: 10,
    volumes: TEMPORARY,
  },
  'image-reflector-controller': {
    version: 'v1.2.4',
    crds: ['image.toolkit.fluxcd.io_imagerepositories', 'image.toolkit.fluxcd.io_imagepolicies'],
    isSource: false,
    isCritical: false,
    terminationGracePeriodSeconds: 10,
    volumes: { ...TEMPORARY, data: '/data' },
  },
  'image-automation-controller': {
    version: 'v1.2.4',
    crds: ['image.toolkit.fluxcd.io_imageupdateautomations'],
    isSource: false,
    isCritical: false,
    terminationGracePeriodSeconds: 10,
    volumes: TEMPORARY,
  },
  'source-watcher': { ...SOURCE, version: 'v2.2.3', crds: ['source.extensions.fluxcd.io'] },
};
