/** Runs once after all tests. */
import { endControlPlane } from './control-plane-folder.ts';

export default async function tearDown(): Promise<void> {
  await endControlPlane();
}
