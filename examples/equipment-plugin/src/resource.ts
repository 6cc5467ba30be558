/** What naming a type does, and how it is stored. */
import { fold, invalidResourceParameter } from '@palestra/core';
import type { Codec, ResourceRules } from '@palestra/server/plugin';
import type { components, EquipmentTypes } from './contract.generated.js';
import type { Store } from './store.js';

type TypeName = components['schemas']['EquipmentType'];

/** `{"name": "equipment type 1"}` on the wire, its name in the row. */
const typeName: Codec = {
  encode: (value) => [(value as TypeName).name],
  decode: ([name]) => ({ name }),
  json: (name) => JSON.stringify({ name }),
  accepts: (value) => typeof (value as Partial<TypeName> | undefined)?.name === 'string',
  takes: '{"name": …}',
  foldedText: (value) => fold((value as TypeName).name),
};

export interface RulesOptions {
  readonly store: Store;
  readonly now: () => number;
  /** Whether naming a type that does not exist makes it. */
  readonly makesTypes: boolean;
}

export function rules({ store, now, makesTypes }: RulesOptions): ResourceRules<EquipmentTypes> {
  return {
    codecs: { typeName },
    async prepare(input) {
      const { type } = input;
      if (type && makesTypes) await store.ensureType(type.name, now());
      if (type && !(await store.hasType(type.name))) throw invalidResourceParameter('type', 'Equipment', '/data/type');
      return input;
    },
  };
}
