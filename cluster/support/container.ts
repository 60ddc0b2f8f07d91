import { Size } from 'cdk8s';
import * as kplus from 'cdk8s-plus-28';
import type { Construct } from 'constructs';
import type { NfsExport } from '../hardware.ts';
import { LONGHORN } from '../platform.ts';

/** Where the files below `path` come from. */
export type Files = { readonly path: string } & (
  | { readonly gibibytes: number; readonly storageClass?: string }
  | { readonly nfs: NfsExport }
  | { readonly files: Readonly<Record<string, string>> }
  | { readonly configMap: string }
  | { readonly secret: string }
  | { readonly scratch: true }
);

/** What one container is. */
export interface ContainerOptions {
  readonly image: string;
  readonly command?: readonly string[];
  readonly args?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  /** Variables out of one key of a Secret each. */
  readonly secretEnv?: Readonly<Record<string, { readonly secret: string; readonly key: string }>>;
  /** Secrets whose every key becomes a variable. */
  readonly secrets?: readonly string[];
  /** Thousandths of a core that it is promised. */
  readonly cpu: number;
  /** Mebibytes: what it is promised, and what it may not exceed. */
  readonly memory: { readonly request: number; readonly limit: number };
  /** By the name of the volume; a claim or ConfigMap made for it is called `<owner>-<volume>`. */
  readonly volumes?: Readonly<Record<string, Files>>;
  /** The user and group that it runs as. Default: 1000. 0 is root. */
  readonly user?: number;
  /** Whether it may write to its image's own files. Default: false. */
  readonly writableRoot?: boolean;
  /** Whether it may do what the host's root may. Default: false. */
  readonly privileged?: true;
}

/** What owns the container, and the objects that are made for its volumes. */
export interface Owner {
  readonly scope: Construct;
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
}

/** As this cluster's policies ask for it: limited, without capabilities, never root unless it is said to be. */
export function containerProps(owner: Owner, options: ContainerOptions): kplus.ContainerProps {
  const { scope } = owner;
  return {
    image: options.image,
    // Tags here do not move, and the neighbours have the image (Spegel).
    imagePullPolicy: kplus.ImagePullPolicy.IF_NOT_PRESENT,
    ...(options.command && { command: [...options.command] }),
    ...(options.args && { args: [...options.args] }),
    envVariables: {
      ...mapValues(options.env ?? {}, (value) => kplus.EnvValue.fromValue(value)),
      ...mapValues(options.secretEnv ?? {}, ({ secret, key }, variable) =>
        kplus.EnvValue.fromSecretValue({ secret: kplus.Secret.fromSecretName(scope, variable, secret), key }),
      ),
    },
    envFrom: (options.secrets ?? []).map((name) =>
      kplus.Env.fromSecret(kplus.Secret.fromSecretName(scope, name, name)),
    ),
    volumeMounts: Object.entries(options.volumes ?? {}).map(([name, volume]) => ({
      path: volume.path,
      volume: volumeOf(owner, name, volume),
    })),
    resources: {
      cpu: { request: kplus.Cpu.millis(options.cpu) },
      memory: { request: Size.mebibytes(options.memory.request), limit: Size.mebibytes(options.memory.limit) },
    },
    securityContext: {
      user: options.user ?? 1000,
      group: options.user ?? 1000,
      ensureNonRoot: options.user !== 0,
      readOnlyRootFilesystem: options.writableRoot !== true,
      ...(options.privileged
        ? { privileged: true, allowPrivilegeEscalation: true }
        : {
            capabilities: { drop: [kplus.Capability.ALL] },
            seccompProfile: { type: kplus.SeccompProfileType.RUNTIME_DEFAULT },
          }),
    },
  };
}

/** The Pod runs as the user of its container, and owns its volumes. */
export function podSecurity({ user = 1000 }: ContainerOptions): kplus.PodSecurityContextProps {
  return {
    user,
    group: user,
    fsGroup: user,
    fsGroupChangePolicy: kplus.FsGroupChangePolicy.ON_ROOT_MISMATCH,
    ensureNonRoot: user !== 0,
  };
}

function volumeOf({ scope, ...owner }: Owner, name: string, volume: Files): kplus.Volume {
  const metadata = { name: `${owner.name}-${name}`, labels: { ...owner.labels } };
  if ('gibibytes' in volume) {
    const claim = new kplus.PersistentVolumeClaim(scope, `claim-${name}`, {
      metadata,
      accessModes: [kplus.PersistentVolumeAccessMode.READ_WRITE_ONCE],
      storageClassName: volume.storageClass ?? LONGHORN,
      storage: Size.gibibytes(volume.gibibytes),
    });
    return kplus.Volume.fromPersistentVolumeClaim(scope, `volume-${name}`, claim, { name });
  }
  if ('nfs' in volume) {
    return kplus.Volume.fromNfs(scope, `volume-${name}`, name, volume.nfs);
  }
  if ('files' in volume) {
    const files = new kplus.ConfigMap(scope, `files-${name}`, {
      metadata,
      data: { ...volume.files },
    });
    return kplus.Volume.fromConfigMap(scope, `volume-${name}`, files, { name });
  }
  if ('configMap' in volume) {
    const files = kplus.ConfigMap.fromConfigMapName(scope, `files-${name}`, volume.configMap);
    return kplus.Volume.fromConfigMap(scope, `volume-${name}`, files, { name, optional: true });
  }
  if ('secret' in volume) {
    const secret = kplus.Secret.fromSecretName(scope, `secret-${name}`, volume.secret);
    return kplus.Volume.fromSecret(scope, `volume-${name}`, secret, { name });
  }
  return kplus.Volume.fromEmptyDir(scope, `volume-${name}`, name);
}

function mapValues<From, To>(
  record: Readonly<Record<string, From>>,
  map: (value: From, key: string) => To,
): Record<string, To> {
  return Object.fromEntries(Object.entries(record).map(([key, value]) => [key, map(value, key)]));
}
