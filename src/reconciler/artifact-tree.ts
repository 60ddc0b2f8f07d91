import type { FileTree } from '../flux/index.ts';
import { fileTooLarge, MAX_FILE_BYTES } from '../render/index.ts';
import { readStored, type StoredArtifact } from '../sources/index.ts';

/** The files of an artifact, each read when it is asked for, and once. */
export class ArtifactTree implements FileTree {
  readonly #artifact: StoredArtifact;
  readonly #contents = new Map<string, Buffer>();
  #names: ReadonlyMap<string, readonly string[]> | undefined;

  constructor(artifact: StoredArtifact) {
    this.#artifact = artifact;
  }

  digest(path: string): string | undefined {
    const entry = this.#artifact.entries.get(path);
    return entry === undefined || entry.mode === 'd' ? undefined : entry.content;
  }

  /** @throws SlipwayError `render/file-too-large` */
  read(path: string): Buffer | undefined {
    const known = this.#contents.get(path);
    if (known !== undefined) return known;
    if ((this.#artifact.entries.get(path)?.size ?? 0) > MAX_FILE_BYTES) throw fileTooLarge(path);
    const content = readStored(this.#artifact, path);
    if (content !== undefined) this.#contents.set(path, content);
    return content;
  }

  isFolder(path: string): boolean {
    return path === '' || this.#artifact.entries.get(path)?.mode === 'd';
  }

  list(folder: string): readonly string[] {
    this.#names ??= namesByFolder(this.#artifact);
    return this.#names.get(folder) ?? [];
  }
}

function namesByFolder({ entries }: StoredArtifact): ReadonlyMap<string, readonly string[]> {
  const names = new Map<string, string[]>();
  for (const { path, mode } of entries.values()) {
    const at = path.lastIndexOf('/');
    const folder = path.slice(0, Math.max(at, 0));
    const list = names.get(folder) ?? [];
    names.set(folder, list);
    list.push(`${path.slice(at + 1)}${mode === 'd' ? '/' : ''}`);
  }
  return names;
}
