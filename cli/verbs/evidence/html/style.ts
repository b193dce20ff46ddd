/** The style of the report: system fonts, light and dark, and pages for the printer. */

/** Contrast of each text with its ground is at least 4.5 : 1, of each sign at least 3 : 1. */
export const style = `
:root{color-scheme:light dark;--ground:#fff;--raised:#f6f8fa;--text:#1b1f24;--dim:#57606a;--line:#d0d7de;--link:#0550ae;
--met:#116329;--partly:#7d4e00;--gap:#a40e26;--other:#57606a;--bar:#0550ae}
@media (prefers-color-scheme:dark){:root{--ground:#0d1117;--raised:#161b22;--text:#e6edf3;--dim:#9da7b3;--line:#3d444d;--link:#79c0ff;
--met:#56d364;--partly:#e3b341;--gap:#ff8d85;--other:#9da7b3;--bar:#79c0ff}}
*{box-sizing:border-box}
body{margin:0 auto;max-width:72rem;padding:1.5rem;background:var(--ground);color:var(--text);font:16px/1.5 system-ui,sans-serif}
h1{font-size:1.9rem;line-height:1.2;margin:.2rem 0 .4rem}
h2{font-size:1.35rem;margin:2.5rem 0 .6rem;border-bottom:1px solid var(--line);padding-bottom:.25rem}
h3{font-size:1.05rem;margin:1.8rem 0 .4rem}
p{margin:.4rem 0;max-width:60rem}
a{color:var(--link)}
a:focus-visible{outline:3px solid var(--link);outline-offset:2px}
.dim{color:var(--dim)}
.skip{position:absolute;left:-999rem}
.skip:focus{left:1rem;top:1rem;background:var(--ground);padding:.5rem}
dl.facts{display:grid;grid-template-columns:max-content 1fr;gap:.25rem 1.25rem;margin:1rem 0}
dl.facts dt{color:var(--dim)}
dl.facts dd{margin:0;min-width:0;overflow-wrap:anywhere}
code{font:.88em ui-monospace,SFMono-Regular,Menlo,monospace;overflow-wrap:anywhere}
table{border-collapse:collapse;width:100%;margin:.6rem 0;table-layout:fixed;font-size:.92rem}
caption{text-align:left;color:var(--dim);padding:.25rem 0}
th,td{text-align:left;vertical-align:top;padding:.4rem .6rem;border-bottom:1px solid var(--line);overflow-wrap:anywhere}
thead th{background:var(--raised);font-weight:600}
tbody th{font-weight:600}
.verdict{display:inline-block;font-weight:600;white-space:nowrap}
.met{color:var(--met)}.partly{color:var(--partly)}.gap{color:var(--gap)}.other{color:var(--other)}
.notice{border:1px solid var(--line);border-left:.4rem solid var(--partly);background:var(--raised);padding:.6rem 1rem;margin:1rem 0}
.charts{display:grid;grid-template-columns:repeat(auto-fit,minmax(19rem,1fr));gap:1.5rem}
figure{margin:0}figcaption{font-weight:600;margin-bottom:.3rem}
svg{display:block;width:100%;height:auto}
svg text{fill:var(--text);font:13px system-ui,sans-serif}
svg .met{fill:var(--met)}svg .partly{fill:var(--partly)}svg .gap{fill:var(--gap)}svg .other{fill:var(--other)}svg .bar{fill:var(--bar)}
svg .axis{stroke:var(--line)}
ul.gaps{padding-left:1.2rem}ul.gaps li{margin:.35rem 0}
ul.plain{list-style:none;margin:0;padding:0}
nav ol{columns:2;margin:.5rem 0;padding-left:1.2rem}
.w-number{width:9rem}.w-verdict{width:9rem}.w-time{width:11.5rem}.w-from{width:14rem}
@media (max-width:46rem){body{padding:1rem}.verdict{white-space:normal}.w-number{width:6.5rem}.w-verdict{width:6.5rem}.w-time{width:7rem}.w-from{width:8rem}nav ol{columns:1}
dl.facts{grid-template-columns:1fr;gap:0}dl.facts dd{margin-bottom:.5rem}}
@media print{:root{--ground:#fff;--raised:#f3f4f6;--text:#000;--dim:#444;--line:#bbb;--link:#000;--met:#0b4d1f;--partly:#5c3a00;--gap:#8a0c20;--other:#444;--bar:#333}
body{max-width:none;padding:0;font-size:10pt}
h2{break-after:avoid}h3{break-after:avoid}
section.page{break-before:page}
tr,figure,.notice,li{break-inside:avoid}
thead{display:table-header-group}
table{font-size:8.5pt}
.w-number{width:26mm}.w-verdict{width:30mm}.w-time{width:30mm}.w-from{width:40mm}
a{text-decoration:none}.skip,nav{display:none}}
`;

/**
 * Header and footer of each printed page: https://developer.mozilla.org/en-US/docs/Web/CSS/@page
 *
 * @param title - taken over without characters that CSS could take for the end of the text
 */
export const pageStyle = (title: string): string =>
  `@page{size:A4;margin:20mm 15mm 18mm;@top-left{content:"${title.replace(/[^\p{L}\p{N} .,:()/-]/gu, '')}";font:8pt system-ui,sans-serif;color:#444}` +
  `@bottom-right{content:"Page " counter(page) " of " counter(pages);font:8pt system-ui,sans-serif;color:#444}}`;
