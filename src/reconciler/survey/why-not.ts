import { shortRevision } from '../../flux/index.ts';
import { formatIdentity } from '../../manifest/index.ts';
import type { FluxObject } from './flux-object.ts';

/** Why it is not ready, short enough for a line; '' where it is. */
export function whyNot({ readiness, waitsFor }: FluxObject): string {
  const { state, reason } = readiness;
  switch (state) {
    case 'ready':
      return '';
    case 'suspended':
      return 'suspended';
    case 'unattended':
      return 'carried out by nobody';
    case 'deleting':
      return 'being deleted';
    case 'waiting':
      return waitsFor.length === 0
        ? reason
        : `waits for ${waitsFor.map(({ identity }) => formatIdentity(identity)).join(', ')}`;
    case 'progressing':
      return shortRevision(readiness.message.replace(/\s*\n\s*/g, ' '));
    case 'failed':
    case 'stalled':
      return reason;
  }
}
