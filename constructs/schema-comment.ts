/** Where editors find the schema of a custom resource; most public Flux repositories point there. */
const SCHEMAS = 'https://k8s-schemas.home-operations.com';
const comments = new Map<string, string>();

/**
 * The comment by which a YAML language server finds the schema of a document, with its line break; empty for kinds of
 * Kubernetes itself, whose schemas editors know.
 */
export function schemaComment(apiVersion: string, kind: string): string {
  const key = `${apiVersion}/${kind}`;
  let comment = comments.get(key);
  if (comment === undefined) {
    const url = schemaUrl(apiVersion, kind);
    comment = url === undefined ? '' : `# yaml-language-server: $schema=${url}\n`;
    comments.set(key, comment);
  }
  return comment;
}

function schemaUrl(apiVersion: string, kind: string): string | undefined {
  const [group, version] = apiVersion.split('/');
  if (group === undefined || version === undefined) return undefined;
  if (group === 'kustomize.config.k8s.io') return 'https://json.schemastore.org/kustomization';
  if (!group.endsWith('.fluxcd.io')) return undefined;
  return `${SCHEMAS}/${group}/${kind.toLowerCase()}_${version}.json`;
}
