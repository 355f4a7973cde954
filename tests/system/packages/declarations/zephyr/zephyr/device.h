#pragma once
#include <cstdbool>
#include <cstddef>
#include <cstdint>
extern "C" {
struct device {
  const char* name;
};
bool device_is_ready(const struct device* dev);
extern const struct device tmd_declared_device;
}
#define DT_CHOSEN(name) tmd_declared_##name
#define DEVICE_DT_GET(node) (&tmd_declared_device)
