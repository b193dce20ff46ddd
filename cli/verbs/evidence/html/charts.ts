/** Charts as plain SVG. Each bar has its number next to it, so that no colour is needed to read it. */
import type { Markup } from './markup.ts';
import { html } from './markup.ts';

export interface Bar {
  readonly label: string;
  readonly value: number;
  /** Class of the style. */
  readonly kind: 'met' | 'partly' | 'gap' | 'other' | 'bar';
}

const size = { width: 420, label: 130, row: 30, bar: 18, number: 46 };

/** Horizontal bars. Their texts are read as the description of the picture. */
export const barChart = (id: string, title: string, bars: readonly Bar[]): Markup => {
  const most = Math.max(1, ...bars.map(({ value }) => value));
  const room = size.width - size.label - size.number;
  const height = bars.length * size.row + 8;
  const inWords = bars.map(({ label, value }) => `${label}: ${value}`).join('; ');
  return html`<figure>
    <figcaption id="${id}">${title}</figcaption>
    <svg viewBox="0 0 ${size.width} ${height}" role="img" aria-labelledby="${id} ${id}-words">
      <desc id="${id}-words">${inWords}</desc>
      <line class="axis" x1="${size.label}" y1="2" x2="${size.label}" y2="${height - 2}" />
      ${bars.map(({ label, value, kind }, index) => {
        const y = index * size.row + 6;
        const width = Math.round((value / most) * room);
        return html`<g aria-hidden="true">
          <text x="${size.label - 8}" y="${y + 14}" text-anchor="end">${label}</text>
          <rect
            class="${kind}"
            x="${size.label}"
            y="${y}"
            width="${value > 0 ? Math.max(2, width) : 0}"
            height="${size.bar}"
            rx="2"
          />
          <text x="${size.label + width + 8}" y="${y + 14}">${value}</text>
        </g>`;
      })}
    </svg>
  </figure>`;
};
