import { describe, expect, test } from '@jest/globals';
import { authorLines } from '../../constructs/origin.ts';
import { REPOSITORY } from '../support/project.ts';

describe('the lines of an author', () => {
  test('are those of the project, innermost first, without the library, packages and Node', () => {
    const stack = `Error
    at new Application (${REPOSITORY}/constructs/application.ts:1:1)
    at Object.addChild (file:///home/me/cluster/node_modules/constructs/lib/construct.js:2:2)
    at kit (/home/me/cluster/node_modules/kit/index.js:3:3)
    at milvus (file:///home/me/cluster/apps/milvus.ts?version=2:4:4)
    at /home/me/cluster/main.ts:5:5
    at /home/me/other/main.ts:6:6
    at ModuleJob.run (node:internal/modules/esm/module_job:7:7)`;
    expect(authorLines(stack, '/home/me/cluster')).toEqual(['apps/milvus.ts:4:4', 'main.ts:5:5']);
  });
});
