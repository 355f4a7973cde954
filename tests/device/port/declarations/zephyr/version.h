// SPDX-License-Identifier: Apache-2.0
#pragma once
#ifndef KERNEL_VERSION_NUMBER
#define KERNEL_VERSION_NUMBER 0x30700
#endif
