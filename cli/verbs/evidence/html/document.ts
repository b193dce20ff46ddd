/** The report as one HTML document: no script, no network, no other file. */
import { createHash } from 'node:crypto';

import { type ControlVerdict, controlVerdicts, type Report, type ReportClaim } from '../report/report.ts';
import { barChart } from './charts.ts';
import { html, type Markup, nothing, trusted } from './markup.ts';
import { pageStyle, style } from './style.ts';

export const htmlReport = (report: Report): string => {
  const { framework, environment } = report;
  const title = `Evidence: ${framework.title} ${framework.version}, ${environment.name}`;
  const css = style + pageStyle(title);
  const hash = createHash('sha256').update(css).digest('base64');
  const policy = `default-src 'none'; style-src 'sha256-${hash}'; base-uri 'none'; form-action 'none'`;
  const document = html`<html lang="en">
    <head>
      <meta charset="utf-8" />
      <meta http-equiv="Content-Security-Policy" content="${policy}" />
      <meta name="viewport" content="width=device-width, initial-scale=1" />
      <meta name="color-scheme" content="light dark" />
      <title>${title}</title>
      ${trusted(`<style>${css}</style>`)}
    </head>
    <body>
      <a class="skip" href="#summary">Skip to the summary</a>
      <header>
        <p class="dim">Strongroom evidence</p>
        <h1>${framework.title}</h1>
        ${head(report)}
      </header>
      <nav aria-label="Contents">
        <h2>Contents</h2>
        <ol>
          <li><a href="#summary">Summary</a></li>
          <li><a href="#gaps">Gaps</a></li>
          <li><a href="#controls">Controls</a></li>
          <li><a href="#evidence">Evidence</a></li>
          <li><a href="#not-asked">What could not be asked</a></li>
          <li><a href="#reading">How to read this report</a></li>
        </ol>
      </nav>
      <main>
        ${summary(report)} ${gaps(report)} ${controls(report)} ${evidence(report)} ${notAsked(report)} ${reading()}
      </main>
    </body>
  </html> `;
  return `<!doctype html>\n${document.toString()}`;
};

const head = ({ framework, environment, createdAt, tool, catalog, asked }: Report): Markup => {
  const commit = catalog.commit;
  const facts: readonly (readonly [string, string | Markup])[] = [
    ['Version', framework.version],
    ['Environment', `${environment.name}, account ${environment.account}, ${environment.region}`],
    ['Created', html`<time datetime="${createdAt}">${moment(createdAt)}</time> by strongroom ${tool.version}`],
    ['AWS asked as', 'as' in asked ? asked.as : `not asked: ${asked.not}`],
    ['Catalog', html`<code>${catalog.folder}</code>, SHA-256 <code>${catalog.sha256}</code>`],
    [
      'Commit',
      commit === undefined
        ? 'the catalog is in no git repository'
        : html`<code>${commit.id}</code>${commit.same ? '' : ', with changes that are not committed'}`,
    ],
    ['Text of the framework', framework.source],
  ];
  return html`<dl class="facts">
    ${facts.map(
      ([term, value]) =>
        html`<dt>${term}</dt>
          <dd>${value}</dd>`,
    )}
  </dl>`;
};

const summary = (report: Report): Markup => {
  const byVerdict = controlVerdicts.map((verdict) => ({
    label: verdict,
    value: report.controls.filter((control) => control.verdict === verdict).length,
    kind: kindOf(verdict),
  }));
  const claimsOf = (number: number): ReportClaim[] =>
    report.controls[number]?.claims.flatMap((name) => report.claims.find((claim) => claim.name === name) ?? []) ?? [];
  const sources = report.controls.map((_, index) => claimsOf(index).flatMap((claim) => claim.evidence));
  const live = sources.filter((own) => own.some(({ source }) => source === 'aws')).length;
  const declared = sources.filter((own) => own.length > 0 && own.every(({ source }) => source === 'catalog')).length;
  return html`<section id="summary" aria-labelledby="summary-heading">
    <h2 id="summary-heading">Summary</h2>
    ${
      'not' in report.asked
        ? html`<p class="notice">
            <strong>AWS was not asked.</strong> This report has what the catalog alone shows: ${report.asked.not}
          </p>`
        : nothing
    }
    <div class="charts">
      ${barChart('chart-verdicts', 'Controls by verdict', byVerdict)}
      ${barChart('chart-sources', 'Controls by evidence', [
        { label: 'AWS', value: live, kind: 'bar' },
        { label: 'catalog alone', value: declared, kind: 'bar' },
        { label: 'none', value: report.controls.length - live - declared, kind: 'other' },
      ])}
      ${
        report.rotationAges.length === 0
          ? nothing
          : barChart(
              'chart-ages',
              'Secrets by days since the last rotation',
              report.rotationAges.map(({ days, secrets }) => ({ label: days, value: secrets, kind: 'bar' })),
            )
      }
    </div>
  </section>`;
};

/** More are in the JSON file, and no browser has to draw them. */
const mostRows = 200;

const gaps = ({ claims }: Report): Markup => {
  const found = claims.flatMap((claim) => claim.gaps.map((gap) => ({ ...gap, claim: claim.title })));
  return html`<section id="gaps" aria-labelledby="gaps-heading">
    <h2 id="gaps-heading">Gaps</h2>
    ${
      found.length === 0
        ? html`<p>No claim that could be checked is false.</p>`
        : html`<table>
            <caption>
              Each claim that is false, and for which resource
            </caption>
            <thead>
              <tr>
                <th scope="col">Resource</th>
                <th scope="col">What is wrong</th>
                <th scope="col">Next step</th>
              </tr>
            </thead>
            <tbody>
              ${found.slice(0, mostRows).map(
                ({ resource, what, next, claim }) =>
                  html`<tr>
                    <td><code>${resource}</code></td>
                    <td>${what}<br /><span class="dim">Claim: ${claim}</span></td>
                    <td>${next}</td>
                  </tr>`,
              )}
            </tbody>
          </table>`
    }
    ${more(found.length)}
  </section>`;
};

const controls = ({ controls: all, claims }: Report): Markup =>
  html`<section id="controls" class="page" aria-labelledby="controls-heading">
    <h2 id="controls-heading">Controls</h2>
    <table>
      <caption>
        The controls in our words, and how each is met
      </caption>
      <thead>
        <tr>
          <th scope="col" class="w-number">Control</th>
          <th scope="col" class="w-verdict">Verdict</th>
          <th scope="col">How it is met</th>
        </tr>
      </thead>
      <tbody>
        ${all.map(
          ({ number, asks, verdict, claims: own, yours }) =>
            html`<tr>
              <th scope="row">${number}</th>
              <td>${verdictMark(verdict)}</td>
              <td>
                ${asks}.
                <ul class="plain">
                  ${own
                    .flatMap((name) => claims.filter((claim) => claim.name === name))
                    .map(
                      ({ name, title, verdict: found }) =>
                        html`<li>${verdictMark(found)}: <a href="#claim-${name}">${title}</a></li>`,
                    )}
                </ul>
                ${yours === undefined ? nothing : html`<span class="dim">${own.length === 0 ? 'Strongroom does not cover it' : 'Not shown here'}: ${yours}.</span>`}
              </td>
            </tr>`,
        )}
      </tbody>
    </table>
  </section>`;

/** Rows of one claim; a reader of more takes the JSON file. */
const mostEvidence = 25;

const evidence = ({ claims }: Report): Markup =>
  html`<section id="evidence" class="page" aria-labelledby="evidence-heading">
    <h2 id="evidence-heading">Evidence</h2>
    ${claims.map(
      ({ name, title, verdict, shows, evidence: items }) =>
        html`<section aria-labelledby="claim-${name}">
          <h3 id="claim-${name}">${title}</h3>
          <p>${verdictMark(verdict)}: ${shows}.</p>
          ${
            items.length === 0
              ? nothing
              : html`<table>
                  <thead>
                    <tr>
                      <th scope="col" class="w-time">Time (UTC)</th>
                      <th scope="col" class="w-from">Source</th>
                      <th scope="col">Resource</th>
                      <th scope="col">Shows</th>
                    </tr>
                  </thead>
                  <tbody>
                    ${items.slice(0, mostEvidence).map(
                      ({ at, from, resource, shows: what }) =>
                        html`<tr>
                          <td><time datetime="${at}">${at.slice(0, 19).replace('T', ' ')}</time></td>
                          <td><code>${from}</code></td>
                          <td><code>${resource}</code></td>
                          <td>${what}</td>
                        </tr>`,
                    )}
                  </tbody>
                </table>`
          }
          ${more(items.length, mostEvidence)}
        </section>`,
    )}
  </section>`;

const notAsked = ({ claims }: Report): Markup => {
  const found = claims.flatMap((claim) => claim.notAsked);
  const byCall = new Map<string, { readonly why: string; readonly resources: string[] }>();
  for (const { call, why, resource } of found) {
    const known = byCall.get(`${call} ${why}`);
    if (known) known.resources.push(resource);
    else byCall.set(`${call} ${why}`, { why, resources: [resource] });
  }
  return html`<section id="not-asked" aria-labelledby="not-asked-heading">
    <h2 id="not-asked-heading">What could not be asked</h2>
    ${
      found.length === 0
        ? html`<p>AWS answered every question.</p>`
        : html`<table>
            <thead>
              <tr>
                <th scope="col" class="w-from">Call</th>
                <th scope="col">Resources</th>
                <th scope="col">Why</th>
              </tr>
            </thead>
            <tbody>
              ${[...byCall].map(
                ([call, { why, resources }]) =>
                  html`<tr>
                    <td><code>${call.split(' ')[0] ?? ''}</code></td>
                    <td>
                      <code>${[...new Set(resources)].slice(0, 5).join(', ')}</code
                      >${new Set(resources).size > 5 ? ` and ${new Set(resources).size - 5} more` : ''}
                    </td>
                    <td>${why}</td>
                  </tr>`,
              )}
            </tbody>
          </table>`
    }
  </section>`;
};

const reading = (): Markup =>
  html`<section id="reading" aria-labelledby="reading-heading">
    <h2 id="reading-heading">How to read this report</h2>
    <ul>
      <li>
        A verdict is about the secrets of the catalog, their keys and their audit. «Not shown here» is what remains for
        you to show.
      </li>
      <li>
        ${verdictMark('met')}: every claim is true, each with evidence. ${verdictMark('partly')}: some claims are true,
        and others are false or could not be asked; or people do the rest, which is not shown.
      </li>
      <li>
        ${verdictMark('gap')}: a claim is false, and none is true. ${verdictMark('not asked')}: AWS did not answer.
        ${verdictMark('does not apply')}: there is nothing of that kind.
      </li>
      <li>${verdictMark('not covered')}: Strongroom has nothing to show.</li>
      <li>
        Evidence of AWS is what its API answered at that time, and evidence of the catalog what its files declare. The
        JSON file has every item.
      </li>
      <li>This is not an assessment: you and your assessor decide what is in scope, and whether a control is met.</li>
    </ul>
  </section>`;

const kindOf = (verdict: ControlVerdict): 'met' | 'partly' | 'gap' | 'other' =>
  verdict === 'met' || verdict === 'partly' || verdict === 'gap' ? verdict : 'other';

const signs: Readonly<Record<ControlVerdict, string>> = {
  met: '✔',
  partly: '◐',
  gap: '✖',
  'not asked': '?',
  'does not apply': '–',
  'not covered': '○',
};

/** Sign and word: the colour adds nothing to them. */
const verdictMark = (verdict: ControlVerdict): Markup =>
  html`<span class="verdict ${kindOf(verdict)}"><span aria-hidden="true">${signs[verdict]}</span> ${verdict}</span>`;

const more = (number: number, shown = mostRows): Markup =>
  number > shown ? html`<p class="dim">${number - shown} more are in the JSON file.</p>` : nothing;

/** `30 November 2026, 22:14 UTC` */
const moment = (time: string): string =>
  `${new Date(time).toLocaleDateString('en-GB', { day: 'numeric', month: 'long', year: 'numeric', timeZone: 'UTC' })}, ${time.slice(11, 16)} UTC`;
