/** The process of the git server: `node git-server-main.ts`, in the sandbox's folder. What it needs stands in its state. */
import { createGitServer } from './git-server.ts';
import { readState } from './state.ts';

const state = readState(process.cwd());
if (state === undefined) throw new Error('There is no sandbox in the working directory.');
createGitServer(process.cwd(), state.gitPath).listen(state.gitPort, '127.0.0.1');
