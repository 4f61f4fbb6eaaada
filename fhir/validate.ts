import { r4Types, requiredCodes, type ElementDefinition, type Type } from './definitions.ts';
import { isRaw } from './json.ts';
import { primitives } from './primitives.ts';

/** Something wrong with an element; `key` is a sentence of the catalogue. */
export interface Fault {
  path: string;
  key: string;
  /** FHIR's IssueType. */
  code: 'structure' | 'required' | 'value' | 'code-invalid' | 'not-supported';
  expected?: string;
}

const mostFaults = 20;
const deepest = 32;

type Json = Record<string, unknown>;
const isObject = (value: unknown): value is Json =>
  typeof value === 'object' && value !== null && !Array.isArray(value) && !isRaw(value);

/**
 * What is wrong with the structure of a resource: types, cardinality, unknown elements, forms of primitives, codes of
 * required bindings. Empty when nothing is. Resources inside a Bundle's entries are not looked at: they are checked one by one.
 */
export const faultsOf = (resource: unknown, path?: string): Fault[] => {
  const faults: Fault[] = [];
  const add = (at: string, key: string, code: Fault['code'], expected?: string) => {
    if (faults.length < mostFaults) faults.push({ path: at, key, code, ...(expected ? { expected } : {}) });
  };

  const checkResource = (value: unknown, at: string | undefined, depth: number): void => {
    const name = isObject(value) && typeof value.resourceType === 'string' ? value.resourceType : undefined;
    const type = name === undefined ? undefined : r4Types.get(name);
    if (!isObject(value) || !name || !type?.isResource)
      return add(`${at ?? 'Resource'}.resourceType`, 'fhir_resource_type_unknown', 'structure');
    checkElements(value, type, at ?? name, depth, true);
  };

  const checkElements = (value: Json, type: Type, at: string, depth: number, isResource = false): void => {
    if (depth > deepest) return add(at, 'refusal_nested_too_deep', 'structure');
    let some = isResource;
    for (const key of Object.keys(value)) {
      if (isResource && key === 'resourceType') continue;
      some = true;
      const name = key.startsWith('_') ? key.slice(1) : key;
      const element = type.elements.get(name);
      if (!element) add(`${at}.${key}`, 'fhir_element_unknown', 'structure', type.name);
      else if (name !== key) checkSibling(value[key], value[name], element, `${at}.${name}`, depth);
      else if (type.name !== 'Bundle.entry' || name !== 'resource')
        checkElement(value[key], value[`_${key}`], element, `${at}.${name}`, depth);
    }
    if (!some) add(at, 'fhir_element_empty', 'structure');
    for (const name of type.required)
      if (value[name] === undefined && value[`_${name}`] === undefined)
        add(`${at}.${name}`, 'fhir_element_required', 'required');
    for (const [choice, names] of type.choices) {
      if (!names.some((name) => value[name] !== undefined || value[`_${name}`] !== undefined))
        add(`${at}.${choice}[x]`, 'fhir_element_required', 'required');
    }
    checkChoices(value, type, at);
  };

  const checkChoices = (value: Json, type: Type, at: string): void => {
    const seen = new Set<string>();
    for (const key of Object.keys(value)) {
      const choice = type.elements.get(key)?.choice;
      if (choice === undefined) continue;
      if (seen.has(choice)) add(`${at}.${choice}[x]`, 'fhir_element_once', 'structure');
      seen.add(choice);
    }
  };

  const checkElement = (
    value: unknown,
    sibling: unknown,
    element: ElementDefinition,
    at: string,
    depth: number,
  ): void => {
    if (!element.many) {
      if (Array.isArray(value)) return add(at, 'fhir_element_once', 'structure');
      return checkValue(value, undefined, element, at, depth);
    }
    if (!Array.isArray(value)) return add(at, 'fhir_element_list', 'structure');
    if (value.length === 0) return add(at, 'fhir_element_empty', 'structure');
    const siblings = Array.isArray(sibling) ? (sibling as unknown[]) : [];
    value.forEach((each, index) => checkValue(each, siblings[index], element, `${at}[${index}]`, depth));
  };

  const checkValue = (
    value: unknown,
    sibling: unknown,
    element: ElementDefinition,
    at: string,
    depth: number,
  ): void => {
    const primitive = primitives.get(element.type);
    if (primitive) {
      if (value === null && sibling != null) return;
      if (!primitive(value)) return add(at, 'fhir_value_malformed', 'value', element.type);
      if (element.codes && !requiredCodes.get(element.codes)?.has(value as string))
        add(at, 'fhir_code_unknown', 'code-invalid', element.codes);
      return;
    }
    if (element.type === 'Resource') return checkResource(value, at, depth + 1);
    const type = r4Types.get(element.type);
    if (!type || !isObject(value)) return add(at, 'fhir_value_malformed', 'structure', element.type);
    checkElements(value, type, at, depth + 1);
  };

  /** `_birthDate` carries id and extensions of the primitive `birthDate`; in a list, null where there are none. */
  const checkSibling = (
    value: unknown,
    primitive: unknown,
    element: ElementDefinition,
    at: string,
    depth: number,
  ): void => {
    const type = r4Types.get('Element');
    if (!primitives.has(element.type) || !type) return add(at, 'fhir_element_unknown', 'structure');
    const one = (each: unknown, where: string) =>
      isObject(each)
        ? checkElements(each, type, where, depth + 1)
        : add(where, 'fhir_value_malformed', 'structure', 'Element');
    if (!element.many) return one(value, at);
    if (!Array.isArray(value)) return add(at, 'fhir_element_list', 'structure');
    if (Array.isArray(primitive) && primitive.length !== value.length) return add(at, 'fhir_element_list', 'structure');
    value.forEach((each, index) => each !== null && one(each, `${at}[${index}]`));
  };

  checkResource(resource, path, 0);
  return faults;
};
