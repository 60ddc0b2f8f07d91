import { ownerOf } from '../../flux/index.ts';
import { formatIdentity } from '../../manifest/index.ts';
import type { Finding } from '../../render/check/index.ts';

/** Of one code; `-o json` has them all. */
const MAX_NOTES = 5;

/** For people: as every error of Slipway is shown. */
export function asText(findings: readonly Finding[]): string {
  const groups = Map.groupBy(
    findings.filter(({ severity }) => severity !== 'note'),
    ({ code, message, file, line, column, object, kustomization, release }) => {
      // A component that many take is wrong in one place; so is a HelmRelease in each object that its chart makes.
      const place =
        release === undefined && file !== undefined && line !== undefined ? [] : [kustomization, release, object];
      // What is to be done about it is the same for all Kustomizations.
      return JSON.stringify(
        code === 'test/unknown-variables' ? [code, message] : [code, message, file, line, column, ...place],
      );
    },
  );
  const notes = Map.groupBy(
    findings.filter(({ severity }) => severity === 'note'),
    ({ code }) => code,
  );
  return [...groups.values()].map(groupText).join('') + [...notes.values()].map(notesText).join('');
}

function groupText([first, ...others]: readonly Finding[]): string {
  if (first === undefined) return '';
  const what = first.object === undefined && first.release === undefined ? 'Kustomizations' : 'objects';
  return `${textOf(first)}\n${others.length === 0 ? '' : `  and so for ${others.length} more ${what}\n`}`;
}

function notesText(notes: readonly Finding[]): string {
  const more = notes.length - MAX_NOTES;
  const shown = notes.slice(0, MAX_NOTES).map((note) => `${textOf(note)}\n`);
  return `${shown.join('')}${more > 0 ? `  and so for ${more} more; \`-o json\` has them all\n` : ''}`;
}

function textOf(finding: Finding): string {
  const head = [finding.severity, finding.code, positionOf(finding), nameOf(finding)].filter((part) => part !== '');
  const lines = [head.join(' '), `  ${finding.message.replaceAll('\n', '\n  ')}`];
  if (finding.object !== undefined) lines.push(`  in ${ownerName(finding)}`);
  if (finding.remedy !== undefined) lines.push(`  ${finding.remedy}`);
  return lines.join('\n');
}

function positionOf({ file, line, column }: Finding): string {
  return [file, line, column].filter((part) => part !== undefined).join(':');
}

function nameOf(finding: Finding): string {
  return finding.object === undefined ? ownerName(finding) : formatIdentity(finding.object);
}

function ownerName(finding: Finding): string {
  return finding.release === undefined ? `Kustomization/${finding.kustomization}` : ownerOf(finding);
}

export function asJson(findings: readonly Finding[]): string {
  return `${JSON.stringify(findings, null, 2)}\n`;
}

/** JUnit's XML, a test suite a Kustomization or HelmRelease, as CI systems read it. */
export function asJunit(findings: readonly Finding[], owners: readonly string[]): string {
  const suites = owners.map((name) => {
    const own = findings.filter((finding) => ownerOf(finding) === name);
    const errors = own.filter(({ severity }) => severity === 'error');
    const cases = errors.map(
      (finding) =>
        `    <testcase name="${xml(`${nameOf(finding)} ${finding.code}`)}" classname="${xml(name)}"${finding.file === undefined ? '' : ` file="${xml(finding.file)}"`}>\n      <failure message="${xml(finding.message)}" type="${xml(finding.code)}">${xml(textOf(finding))}</failure>\n    </testcase>\n`,
    );
    const passed =
      errors.length === 0 ? `    <testcase name="builds, and nothing is wrong" classname="${xml(name)}"/>\n` : '';
    return `  <testsuite name="${xml(name)}" tests="${Math.max(errors.length, 1)}" failures="${errors.length}">\n${cases.join('')}${passed}  </testsuite>\n`;
  });
  return `<?xml version="1.0" encoding="UTF-8"?>\n<testsuites>\n${suites.join('')}</testsuites>\n`;
}

/** Characters that XML has no place for are left out (XML 1.0, 2.2). */
function xml(text: string): string {
  return text
    .replace(/[^\t\n\r\u0020-\uD7FF\uE000-\uFFFD\u{10000}-\u{10FFFF}]/gu, '')
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;');
}

/** SARIF 2.1.0, as GitHub's code scanning takes it. */
export function asSarif(findings: readonly Finding[]): string {
  const codes = [...new Set(findings.map(({ code }) => code))];
  const results = findings.map((finding) => ({
    ruleId: finding.code,
    level: finding.severity,
    message: {
      text: `${nameOf(finding)}: ${finding.message}${finding.remedy === undefined ? '' : ` ${finding.remedy}`}`,
    },
    locations: [
      {
        // A result without a file is one of the repository as a whole; code scanning wants a file all the same.
        physicalLocation: {
          artifactLocation: { uri: encodeURI(finding.file ?? '.') },
          region: { startLine: finding.line ?? 1, startColumn: finding.column ?? 1 },
        },
      },
    ],
  }));
  const driver = { name: 'slipway', rules: codes.map((id) => ({ id })) };
  const log = {
    version: '2.1.0',
    $schema: 'https://json.schemastore.org/sarif-2.1.0.json',
    runs: [{ tool: { driver }, results }],
  };
  return `${JSON.stringify(log, null, 2)}\n`;
}
