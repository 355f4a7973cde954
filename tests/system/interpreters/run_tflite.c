// SPDX-License-Identifier: Apache-2.0
// Runs a model with TFLite's C library, which is opened at run time. usage: run_tflite LIBRARY MODEL INPUT OUTPUT
#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>

static void* library;

static void* find(const char* name) {
  void* symbol = dlsym(library, name);
  if (symbol == NULL) {
    fprintf(stderr, "the library has no %s\n", name);
    exit(3);
  }
  return symbol;
}

static void fail(const char* what) {
  fprintf(stderr, "%s\n", what);
  exit(1);
}

int main(int count, char** arguments) {
  if (count != 5) return 2;
  library = dlopen(arguments[1], RTLD_NOW);
  if (library == NULL) fail(dlerror());
  void* (*load)(const char*) = (void* (*)(const char*))find("TfLiteModelCreateFromFile");
  void* (*make)(void*, void*) = (void* (*)(void*, void*))find("TfLiteInterpreterCreate");
  int (*allocate)(void*) = (int (*)(void*))find("TfLiteInterpreterAllocateTensors");
  int (*invoke)(void*) = (int (*)(void*))find("TfLiteInterpreterInvoke");
  void* (*input_of)(void*, int) = (void* (*)(void*, int))find("TfLiteInterpreterGetInputTensor");
  void* (*output_of)(void*, int) = (void* (*)(void*, int))find("TfLiteInterpreterGetOutputTensor");
  size_t (*size_of)(void*) = (size_t (*)(void*))find("TfLiteTensorByteSize");
  int (*put)(void*, const void*, size_t) = (int (*)(void*, const void*, size_t))find("TfLiteTensorCopyFromBuffer");
  int (*take)(void*, void*, size_t) = (int (*)(void*, void*, size_t))find("TfLiteTensorCopyToBuffer");
  void* model = load(arguments[2]);
  void* interpreter = model == NULL ? NULL : make(model, NULL);
  if (interpreter == NULL || allocate(interpreter) != 0) fail("TFLite does not load the model");
  void* input = input_of(interpreter, 0);
  void* output = output_of(interpreter, 0);
  const size_t in_size = size_of(input), out_size = size_of(output);
  char *in = malloc(in_size), *out = malloc(out_size);
  FILE* file = fopen(arguments[3], "rb");
  if (in == NULL || out == NULL || file == NULL || fread(in, 1, in_size, file) != in_size) fail("no such input");
  fclose(file);
  if (put(input, in, in_size) != 0 || invoke(interpreter) != 0 || take(output, out, out_size) != 0)
    fail("TFLite does not run the model");
  file = fopen(arguments[4], "wb");
  if (file == NULL || fwrite(out, 1, out_size, file) != out_size || fclose(file) != 0) fail("cannot write");
  return 0;
}
