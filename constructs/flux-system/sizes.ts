import type { FluxComponent } from './components.ts';

/**
 * How much a controller may take on: what Flux's guide to vertical scaling advises, in the steps of flux-operator.
 * `small` is a home cluster, `medium` some hundred apps, `large` a thousand and more.
 */
export type FluxSize = 'small' | 'medium' | 'large';

export interface Resources {
  readonly requests: { readonly cpu: string; readonly memory: string };
  readonly limits: { readonly cpu: string; readonly memory: string };
}

export interface Sizing {
  readonly args: readonly string[];
  readonly resources: Resources;
}

const HELM_CACHE = ['--helm-cache-ttl=720m', '--helm-cache-purge-interval=60m'];

const SIZES = {
  small: { reconcilers: ['--concurrent=5', '--requeue-dependency=10s'], sources: ['--helm-cache-max-size=10'] },
  medium: {
    reconcilers: ['--concurrent=10', '--requeue-dependency=5s'],
    sources: ['--concurrent=5', '--helm-cache-max-size=50'],
  },
  large: {
    reconcilers: ['--concurrent=20', '--requeue-dependency=5s'],
    sources: ['--concurrent=10', '--helm-cache-max-size=100'],
  },
} as const satisfies Record<FluxSize, { reconcilers: readonly string[]; sources: readonly string[] }>;

/** What a component of a size is given; without a size what the release gives it. */
export function sizing(component: FluxComponent, size: FluxSize | undefined): Sizing {
  const isStore = component === 'source-controller' || component === 'source-watcher';
  const requested = {
    requests: { cpu: isStore ? '50m' : '100m', memory: '64Mi' },
    limits: { cpu: '1000m', memory: '1Gi' },
  };
  if (size === undefined) return { args: [], resources: requested };
  if (component === 'source-controller') {
    return {
      args: [...SIZES[size].sources, ...HELM_CACHE],
      resources: resources(size, size === 'large' ? 2 : undefined),
    };
  }
  if (component === 'kustomize-controller' || component === 'helm-controller') {
    return { args: SIZES[size].reconcilers, resources: resources(size, undefined) };
  }
  return { args: [], resources: size === 'small' ? resources(size, undefined) : requested };
}

function resources(size: FluxSize, gigabytes: number | undefined): Resources {
  switch (size) {
    case 'small':
      return { requests: { cpu: '100m', memory: '64Mi' }, limits: { cpu: '1000m', memory: '512Mi' } };
    case 'medium':
      return { requests: { cpu: '100m', memory: '128Mi' }, limits: { cpu: '2000m', memory: '1Gi' } };
    case 'large':
      return {
        requests: { cpu: '100m', memory: '256Mi' },
        limits: { cpu: `${gigabytes ?? 3}000m`, memory: `${gigabytes ?? 3}Gi` },
      };
  }
}
