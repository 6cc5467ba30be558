/** Context objects: the records that hand collaborators from one part of the code to another, and how wide they are. */
import ts from 'typescript';

export interface ContextObject {
  readonly path: string;
  readonly name: string;
  /** Its own and those that it inherits. */
  readonly members: number;
}

/** How such records are named in this repository. */
const contextName = /(Scope|Host|Services|Context|Internals|Access|Assembly|Parts|Options|Caller)$/;

/** What an app writes itself, member by member, as the options of any library: nothing is handed through them. */
const writtenByApps: ReadonlySet<string> = new Set(['PalestraOptions', 'TestHostOptions', 'LeanClientOptions']);

interface Declared {
  readonly path: string;
  readonly name: string;
  readonly members: readonly string[];
  readonly bases: readonly string[];
}

/** @param texts the files of one package, by path */
export function contextObjects(texts: ReadonlyMap<string, string>): ContextObject[] {
  const declared = [...texts].flatMap(([path, text]) => declaredIn(path, text));
  const byName = new Map(declared.map((each) => [each.name, each]));
  const membersOf = ({ members, bases }: Declared): readonly string[] => [
    ...members,
    ...bases.flatMap((base) => {
      const found = byName.get(base);
      return found ? membersOf(found) : [];
    }),
  ];
  return declared
    .filter(({ name, bases }) => contextName.test(name) && ![name, ...bases].some((each) => writtenByApps.has(each)))
    .map((each) => ({ path: each.path, name: each.name, members: new Set(membersOf(each)).size }));
}

function declaredIn(path: string, text: string): Declared[] {
  const found: Declared[] = [];
  const add = (name: string, members: ts.NodeArray<ts.TypeElement>, bases: readonly string[]) =>
    found.push({ path, name, members: members.flatMap(({ name }) => (name ? [name.getText()] : [])), bases });
  const visit = (node: ts.Node): void => {
    if (ts.isInterfaceDeclaration(node)) {
      const bases = (node.heritageClauses ?? []).flatMap(({ types }) => types.map((type) => type.expression.getText()));
      add(node.name.text, node.members, bases);
    }
    if (ts.isTypeAliasDeclaration(node) && ts.isTypeLiteralNode(node.type)) {
      add(node.name.text, node.type.members, []);
    }
    ts.forEachChild(node, visit);
  };
  visit(ts.createSourceFile(path, text, ts.ScriptTarget.Latest, true));
  return found;
}
