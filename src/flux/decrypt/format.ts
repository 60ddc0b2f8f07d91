/** How kustomize-controller tells the format of what is encrypted, and that it is (KC: decryptor.go). */
import { type FormatName, formatOf } from '../../sops/index.ts';

/** sopsFormatToMarkerBytes. A binary file is JSON while it is encrypted. */
const MARKERS: Readonly<Record<FormatName, string>> = {
  yaml: 'mac: ENC[',
  json: '"mac": "ENC[',
  binary: '"mac": "ENC[',
  dotenv: 'sops_mac=ENC[',
  ini: '[sops]',
};

/** formatForPath. */
export function formatForPath(path: string): FormatName {
  return path.endsWith('.dockerconfigjson') ? 'json' : formatOf(path);
}

/** Of a file that `envs` of a generator names. */
export function formatForEnv(path: string): FormatName {
  const format = formatForPath(path);
  return format === 'binary' ? 'dotenv' : format;
}

export function hasMarker(content: Buffer, format: FormatName): boolean {
  return content.includes(MARKERS[format]);
}

/**
 * detectFormatFromMarkerBytes; undefined where there is no marker. That of JSON and that of binary are one: which of the two
 * Flux takes is chance, and both are read alike.
 */
export function formatByMarker(content: Buffer): FormatName | undefined {
  const order: readonly FormatName[] = ['yaml', 'dotenv', 'ini', 'json'];
  return order.find((format) => hasMarker(content, format));
}
