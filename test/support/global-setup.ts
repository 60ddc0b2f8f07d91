/** Runs once before all tests. */
import buildTools from './build-tools.ts';
import { claimControlPlane } from './control-plane-folder.ts';

export default async function setUp(): Promise<void> {
  await buildTools();
  await claimControlPlane();
}
