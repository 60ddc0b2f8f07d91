import { findTool } from '../../programs.ts';
import type { KubeClient, LeaseTimes } from '../../kube/index.ts';
import {
  type Audit,
  type Change,
  Convergence,
  openAuditLog,
  type Policy,
  type Reconciler,
  type Standing,
  standIn,
  startReconciler,
} from '../../reconciler/index.ts';
import { createEngine, createKustomizeProgram } from '../../render/index.ts';
import { openStorage } from '../../sources/index.ts';
import type { Io } from '../command.ts';
import type { Report } from './report.ts';

export interface SessionOptions {
  readonly client: KubeClient;
  readonly io: Io;
  /** Flux's, where the leases are. */
  readonly fluxNamespace: string;
  readonly leaseTimes: LeaseTimes;
  /** The only one whose objects are carried out; undefined for all. */
  readonly namespace: string | undefined;
  /** Folder of artifacts. */
  readonly storage: string;
  /** File. */
  readonly auditLog: string;
  /** What is taken in place of sources, by `Kind/namespace/name`: folders of this machine, and URLs. */
  readonly folders: ReadonlyMap<string, string>;
  readonly urls: ReadonlyMap<string, string>;
  readonly policy: Policy;
  readonly defaultServiceAccount: string;
  readonly report: Report;
  readonly signal: AbortSignal;
  /** Makes what a reconciler cannot begin without, as soon as the leases are held; default: nothing. */
  readonly prepare?: ((audit: Audit, signal: AbortSignal) => Promise<void>) | undefined;
}

/** A reconciler that is running. */
export interface Session {
  readonly reconciler: Reconciler;
  /** Notes and shows a change that was made beside the reconciler. */
  readonly audit: Audit;
  /** How far it has come. */
  readonly standings: () => readonly Standing[];
  /** Whether nothing more is to be expected by itself. */
  readonly isSettled: (standings: readonly Standing[]) => boolean;
  /** Is told after each try at a source or a Kustomization. */
  readonly onResult: (listener: () => void) => void;
  /** What ended a loop and should not have. */
  readonly errors: readonly unknown[];
  /** Is aborted when the whole is over, by whoever ended it. */
  readonly signal: AbortSignal;
}

/**
 * Takes the controllers' places, reconciles while `work` is under way, and gives them back.
 *
 * @throws what `work` throws; SlipwayError `kube/lease-lost` (status 3) as soon as a lease is lost, from when on nothing is
 * changed; what `standIn`, `openAuditLog`, `openStorage` and `startReconciler` throw
 */
export async function runSession<Result>(
  options: SessionOptions,
  work: (session: Session) => Promise<Result>,
): Promise<Result> {
  const { client, io, report, namespace } = options;
  const lease = await standIn(client.access, {
    ...options.leaseTimes,
    env: io.env,
    namespace: options.fluxNamespace,
    signal: options.signal,
    onWaiting: report.say,
  });
  const over = new AbortController();
  const signal = AbortSignal.any([options.signal, lease.lost, over.signal]);
  let ended: Promise<void> = Promise.resolve();
  try {
    const audit = openAuditLog(options.auditLog, { onFailure: report.error });
    const convergence = new Convergence(namespace);
    const errors: unknown[] = [];
    const listeners: (() => void)[] = [];
    const noteChange = (change: Change): void => {
      audit.audit(change);
      report.change(change);
    };
    await options.prepare?.(noteChange, signal);
    const reconciler = await startReconciler({
      client,
      // No cache: what kustomize makes of decrypted files is for no disk.
      engine: createEngine(createKustomizeProgram(findTool('kustomize', undefined, io.env.PATH), undefined)),
      storage: openStorage(options.storage),
      audit: noteChange,
      policy: options.policy,
      defaultServiceAccount: options.defaultServiceAccount,
      folders: options.folders,
      urls: options.urls,
      namespace,
      signal,
      onResult: (result) => {
        convergence.record(result);
        report.result(result);
        for (const listener of listeners) listener();
      },
      onError: (error) => {
        errors.push(error);
        report.error(error);
      },
    });
    ended = reconciler.ended.finally(audit.close);
    const session: Session = {
      reconciler,
      audit: noteChange,
      standings: () => convergence.standings(reconciler.live),
      isSettled: (standings) => convergence.isSettled(standings, reconciler.live),
      onResult: (listener) => listeners.push(listener),
      errors,
      signal,
    };
    report.show(session.standings);
    return await Promise.race([work(session), rejectedBy(lease.lost)]);
  } finally {
    over.abort();
    report.close();
    await ended;
    await lease.release();
  }
}

function rejectedBy(signal: AbortSignal): Promise<never> {
  return new Promise((_resolve, reject) => {
    if (signal.aborted) reject(signal.reason as Error);
    signal.addEventListener('abort', () => {
      reject(signal.reason as Error);
    });
  });
}
