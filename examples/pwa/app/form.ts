/** Forms: labelled fields, one way to be busy, and failures beside what they are about. */
import { isClientError } from '@palestra/client';
import { type Attributes, type Child, h, replace } from './dom.js';
import { isAborted, sentenceOf } from './failure.js';

export interface Field {
  readonly element: HTMLElement;
  readonly input: HTMLInputElement;
}

export interface FieldOptions extends Attributes {
  readonly name: string;
  readonly hint?: string;
}

export function field(label: string, { hint, ...attributes }: FieldOptions, ...beside: Child[]): Field {
  const { name } = attributes;
  const described = hint === undefined ? undefined : `${name}-hint`;
  const input = h('input', { id: name, 'aria-describedby': described, ...attributes });
  const element = h(
    'div',
    { class: 'field' },
    h('label', { for: name }, label),
    h('div', { class: 'beside' }, input, ...beside),
    hint !== undefined && h('p', { class: 'hint', id: described }, hint),
  );
  return { element, input };
}

export interface Action {
  /** Busy meanwhile: a second press does nothing. */
  readonly button: HTMLButtonElement;
  /** Has `role="alert"`, and says what failed. */
  readonly alert: HTMLElement;
  /** Marked where the server names them. */
  readonly fields?: readonly Field[];
}

/** What a press of a button, or the sending of a form, does. */
export async function perform({ button, alert, fields = [] }: Action, work: () => Promise<void>): Promise<void> {
  if (button.getAttribute('aria-disabled') === 'true') return;
  button.setAttribute('aria-disabled', 'true');
  mark(fields, []);
  replace(alert);
  try {
    await work();
  } catch (error) {
    if (isAborted(error)) return;
    mark(fields, isClientError(error) ? error.errors.map(({ pointer }) => pointer.split('/').at(-1) ?? '') : []);
    replace(alert, sentenceOf(error));
  } finally {
    button.removeAttribute('aria-disabled');
  }
}

function mark(fields: readonly Field[], invalid: readonly string[]): void {
  for (const { input } of fields) input.setAttribute('aria-invalid', String(invalid.includes(input.name)));
}
