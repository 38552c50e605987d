/** The reference of the config, read from the comments in types.ts: for `explain` and for docs/config. */
import { fileURLToPath } from 'node:url';
import { type InterfaceDeclaration, Project, type PropertySignature } from 'ts-morph';

export interface FieldDoc {
  /** Dotted, with * for any name or index: workload.apps.*.listens. */
  readonly key: string;
  readonly type: string;
  readonly text: string;
  /** Undefined: the key is required. */
  readonly default: string | undefined;
}

/** In the order of types.ts, depth first. */
export function fieldDocs(): FieldDoc[] {
  const project = new Project({ skipLoadingLibFiles: true, compilerOptions: { noLib: true } });
  const file = project.addSourceFileAtPath(fileURLToPath(new URL('types.ts', import.meta.url)));
  const walk = (declaration: InterfaceDeclaration, prefix: string): FieldDoc[] =>
    declaration.getProperties().flatMap((property) => {
      const doc = describe(property, prefix + property.getName());
      const inner = innerInterface(doc.type);
      const below = inner && file.getInterface(inner.name);
      return below ? [doc, ...walk(below, `${doc.key}.${inner.many ? '*.' : ''}`)] : [doc];
    });
  return walk(file.getInterfaceOrThrow('Spec'), '');
}

function describe(property: PropertySignature, key: string): FieldDoc {
  const [doc] = property.getJsDocs();
  const defaultTag = doc?.getTags().find((tag) => tag.getTagName() === 'default');
  const type = property
    .getTypeNodeOrThrow()
    .getText()
    .replace(/ \| undefined$/, '');
  return {
    key,
    type: type.replace(/^\((.*)\)$/, '$1'),
    text: oneLine(doc?.getDescription() ?? ''),
    default: property.hasQuestionToken() ? oneLine(defaultTag?.getCommentText() ?? '') : undefined,
  };
}

const oneLine = (text: string): string => text.replace(/\s+/g, ' ').trim();

/** `NicSpec[]` and `Record<string, AppSpec>` hold many, `CpuSpec` is one; anything else is a plain value. */
function innerInterface(type: string): { name: string; many: boolean } | undefined {
  const many = /^(?:(\w+Spec)\[\]|Record<string, (\w+Spec)>)$/.exec(type);
  const name = many?.[1] ?? many?.[2] ?? /^\w+Spec$/.exec(type)?.[0];
  return name ? { name, many: many !== null } : undefined;
}
