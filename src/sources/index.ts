/**
 * Sources: git repositories, OCI artifacts and working trees, fetched into folders on disk that have a revision and a
 * digest, and the webhooks that tell of a push. Stands on the real git, and on ssh, gpg and ssh-keygen where a source needs them.
 */
export {
  fetchGitRepository,
  fetchUnlessKnown,
  type GitArtifact,
  type GitFetchOptions,
  type GitSecrets,
  type GitSignature,
} from './git-repository.ts';
export type { GitCommit, GitPerson } from './git/commit.ts';
export {
  fetchOciRepository,
  type OciArtifact,
  type OciFetchOptions,
  type OciSecrets,
  pollOciRepository,
} from './oci-repository.ts';
export {
  type OciImageName,
  type OciLayerSelector,
  type OciReference,
  type OciRepositorySpec,
  parseOciRepository,
} from './oci/spec.ts';
export {
  receiverPath,
  type ReceiverRequest,
  type ReceiverRule,
  type ReceiverVerdict,
  verifyReceiver,
} from './receiver.ts';
export type { SecretData } from './secret.ts';
export { readStored, type StoredArtifact } from './artifact-file.ts';
export { readArchive } from './oci/read-archive.ts';
export { DEFAULT_LIMITS, type SourceLimits } from './source-tree.ts';
export {
  type GitInclude,
  type GitReference,
  type GitRepositorySpec,
  type GitVerification,
  parseGitRepository,
} from './spec.ts';
export { type Artifact, collectGarbage, findArtifact, holdArtifact, openStorage, type Storage } from './storage.ts';
export { snapshotWorkingTree, type WorkingTreeOptions } from './working-tree.ts';
