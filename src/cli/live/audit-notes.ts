import type { KubeClient } from '../../kube/index.ts';
import { identityKey, type ObjectIdentity } from '../../manifest/index.ts';
import { type AuditEntry, readAuditLog } from '../../reconciler/index.ts';
import { clusterFolders } from '../cluster-folders.ts';

/** What the audit log of a cluster on this machine knows of it; nothing where there is none. */
export interface AuditNotes {
  /** Who made a commit. */
  readonly commit: (hash: string) => { readonly author: string; readonly subject: string } | undefined;
  /** The newest change of an object. */
  readonly lastChange: (object: ObjectIdentity) => AuditEntry | undefined;
}

/** The log is read when it is asked for first. */
export async function auditNotes(client: KubeClient, env: NodeJS.ProcessEnv): Promise<AuditNotes> {
  const { auditLog } = await clusterFolders(client, env);
  let read:
    { readonly commits: Map<string, AuditEntry['commit']>; readonly changes: Map<string, AuditEntry> } | undefined;
  const notes = (): NonNullable<typeof read> => {
    if (read !== undefined) return read;
    read = { commits: new Map(), changes: new Map() };
    for (const entry of readAuditLog(auditLog)) {
      if (entry.commit !== undefined) read.commits.set(entry.commit.hash, entry.commit);
      read.changes.set(identityKey(entry.object), entry);
    }
    return read;
  };
  return {
    commit: (hash) => notes().commits.get(hash),
    lastChange: (object) => notes().changes.get(identityKey(object)),
  };
}
