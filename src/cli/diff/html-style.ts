/** The look of the page, light and dark as the reader's system is, and on a telephone too. */
export const STYLE = `
:root {
  color-scheme: light dark;
  --text: #1f2328; --page: #ffffff; --soft: #59636e; --line: #d1d9e0; --card: #f6f8fa;
  --added: #1a7f37; --removed: #cf222e; --changed: #9a6700; --added-back: #dafbe1; --removed-back: #ffebe9;
}
@media (prefers-color-scheme: dark) {
  :root {
    --text: #f0f6fc; --page: #0d1117; --soft: #9198a1; --line: #3d444d; --card: #151b23;
    --added: #3fb950; --removed: #ff7b72; --changed: #d29922; --added-back: #12261e; --removed-back: #2d1618;
  }
}
* { box-sizing: border-box; }
body { margin: 0; background: var(--page); color: var(--text); font: 15px/1.5 system-ui, sans-serif; }
body > header, main { max-width: 75rem; margin: 0 auto; padding: 1.5rem 1rem 0; }
main { padding: 0 1rem 4rem; }
h1 { font-size: 1.35rem; margin: 0; overflow-wrap: anywhere; }
header p { margin: .2rem 0 0; color: var(--soft); }
h2 { font-size: 1.05rem; margin: 2rem 0 .6rem; padding-bottom: .3rem; border-bottom: 1px solid var(--line); }
code, pre, th[scope=row], td { font-family: ui-monospace, monospace; font-size: 13px; }
code, th, td, summary, li { overflow-wrap: anywhere; }
h2 code { font-size: inherit; }
a { color: inherit; text-underline-offset: 3px; }
small { color: var(--soft); font: 12px/1.5 ui-monospace, monospace; overflow-wrap: anywhere; }
ul { padding-left: 1.2rem; }
.dangers { list-style: none; padding: 0; }
.dangers li { border-left: 4px solid var(--removed); background: var(--card); padding: .5rem .8rem; margin: .5rem 0; }
.dangers b, .removed { color: var(--removed); }
.dangers p { margin: .2rem 0 0; }
.added { color: var(--added); }
.changed, .moved, .renamed { color: var(--changed); }
.change { margin: .4rem 0; }
.change:target > summary, div.change:target, h2:target { background: var(--card); outline: 2px solid var(--line); }
nav ul { list-style: none; padding: 0; }
nav li { margin: .2rem 0; color: var(--soft); }
div.change { padding-left: 1rem; }
summary { cursor: pointer; }
summary:focus-visible, a:focus-visible { outline: 2px solid var(--changed); outline-offset: 2px; }
table { border-collapse: collapse; table-layout: fixed; width: 100%; margin: .4rem 0 1rem; }
th, td { border: 1px solid var(--line); padding: .3rem .5rem; text-align: left; vertical-align: top; }
thead th { background: var(--card); color: var(--soft); font-size: 12px; font-weight: 600; }
th[scope=row] { font-weight: 400; }
th small { display: block; }
td.none { color: var(--soft); }
td[data-side=before]:not(.none) { background: var(--removed-back); }
td[data-side=after]:not(.none) { background: var(--added-back); }
pre { margin: 0; white-space: pre-wrap; word-break: break-all; }
ins { text-decoration: none; background: var(--added-back); display: block; }
del { text-decoration: none; background: var(--removed-back); display: block; }
pre span { display: block; color: var(--soft); }
@media (max-width: 40rem) {
  thead { display: none; }
  table, tbody, tr, th, td { display: block; width: 100%; }
  tr { border: 1px solid var(--line); margin-bottom: .6rem; }
  th, td { border: 0; }
  td[data-side]::before { content: attr(data-side) ": "; color: var(--soft); }
}
`;
