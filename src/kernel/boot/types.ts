import { TypeSpace } from '../../object/core/type-space.js';
import { wellKnownEvent } from '../attach/well-known-records.js';
import { EXTENSIBLE, kernelTypes } from '../layout.js';
import type { KernelModel } from '../model.js';

/** The types of a machine, to which objects may bring more unless `isStrict`. */
export const typesOf = (model: KernelModel, isStrict = false): TypeSpace =>
  new TypeSpace(kernelTypes(model.arch), { isStrict, extensible: EXTENSIBLE, late: wellKnownEvent });
