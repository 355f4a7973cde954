/* SPDX-License-Identifier: Apache-2.0 */
/* What the example uses of TFLM, declared and not defined: it shows that the glue compiles, where TFLM is absent. Put
   TFLM's own folder on the include path in place of this one. */
#ifndef TENSORFLOW_LITE_MICRO_MICRO_INTERPRETER_H_
#define TENSORFLOW_LITE_MICRO_MICRO_INTERPRETER_H_
#include <cstddef>
#include <cstdint>

typedef enum TfLiteStatus { kTfLiteOk = 0, kTfLiteError = 1 } TfLiteStatus;
typedef union TfLitePtrUnion {
  std::uint8_t* uint8;
} TfLitePtrUnion;
typedef struct TfLiteTensor {
  TfLitePtrUnion data;
  std::size_t bytes;
} TfLiteTensor;

namespace tflite {

struct Model;
const Model* GetModel(const void* buffer);
class MicroOpResolver;

class MicroInterpreter {
 public:
  MicroInterpreter(const Model* model, const MicroOpResolver& op_resolver, std::uint8_t* tensor_arena,
                   std::size_t tensor_arena_size);
  ~MicroInterpreter();
  TfLiteStatus AllocateTensors();
  TfLiteStatus Invoke();
  std::size_t inputs_size() const;
  TfLiteTensor* input(std::size_t index);
  std::size_t outputs_size() const;
  TfLiteTensor* output(std::size_t index);
};

}  // namespace tflite

#endif
