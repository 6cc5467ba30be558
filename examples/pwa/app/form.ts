/** Forms: labelled fields, one way to be busy, and failures beside what they are about. */
import { isClientError } from '@palestra/client';
import { type Attributes, type Child, h, replace } from './dom.js';
import { sentenceOf } from './failure.js';

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

/** Marks the button busy while `work` runs, so that a second press does nothing. */
export async function busyWhile<Result>(button: HTMLButtonElement, work: () => Promise<Result>): Promise<Result> {
  if (button.getAttribute('aria-disabled') === 'true') throw new DOMException('Still at it', 'AbortError');
  button.setAttribute('aria-disabled', 'true');
  try {
    return await work();
  } finally {
    button.removeAttribute('aria-disabled');
  }
}

/** Shows a failure in an element with `role="alert"`, and marks the fields that the server names. */
export function showFailure(alert: HTMLElement, error: unknown, fields: readonly Field[] = []): void {
  if (error instanceof DOMException && error.name === 'AbortError') return;
  const pointers = isClientError(error) ? error.errors.map(({ pointer }) => pointer.split('/').at(-1)) : [];
  for (const { input } of fields) input.toggleAttribute('aria-invalid', pointers.includes(input.name));
  replace(alert, sentenceOf(error));
}
