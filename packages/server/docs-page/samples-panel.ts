/** A Swagger UI plugin: code to copy, between an operation's parameters and its answers. */
import type { OpenApi } from './document.js';
import { type Sample, samplesOf } from './samples.js';

/** The little of React that Swagger UI hands to its plugins and that this panel needs. */
interface React {
  createElement(type: unknown, props: object | null, ...children: readonly unknown[]): unknown;
  useState<State>(initial: State): readonly [State, (next: State) => void];
}

interface OperationProps {
  readonly path: string;
  readonly method: string;
}

type Component = (props: OperationProps) => unknown;

export function samplesPlugin(shown: OpenApi, base: string): object {
  return {
    wrapComponents: {
      responses: (Original: unknown, { React }: { readonly React: React }): Component => {
        const Panel = panel(React);
        return (props) =>
          React.createElement(
            'div',
            null,
            React.createElement(Panel, { samples: samplesOf(shown, base, props.method, props.path) }),
            React.createElement(Original, props),
          );
      },
    },
  };
}

function panel(React: React): (props: { readonly samples: readonly Sample[] }) => unknown {
  return ({ samples }) => {
    const [chosen, choose] = React.useState(0);
    const [copied, setCopied] = React.useState(false);
    const sample = samples[chosen];
    if (!sample) return null;
    const copy = () => {
      void navigator.clipboard.writeText(sample.code).then(
        () => setCopied(true),
        () => setCopied(false),
      );
    };
    // Browsers offer the clipboard to secure origins only.
    const button = window.isSecureContext
      ? React.createElement('button', { type: 'button', className: 'copy', onClick: copy }, copied ? 'Copied' : 'Copy')
      : null;
    const tab = ({ title }: Sample, at: number) =>
      React.createElement(
        'button',
        {
          key: title,
          type: 'button',
          role: 'tab',
          'aria-selected': at === chosen,
          onClick: () => {
            choose(at);
            setCopied(false);
          },
        },
        title,
      );
    return React.createElement(
      'section',
      { className: 'samples', 'aria-label': 'Code samples' },
      React.createElement('div', { role: 'tablist' }, ...samples.map(tab)),
      button,
      React.createElement('pre', null, React.createElement('code', null, sample.code)),
    );
  };
}
