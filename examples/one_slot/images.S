/* SPDX-License-Identifier: Apache-2.0 */
/* The model that is programmed on the production line; the sender's patch; recorded gestures. */
.global patch_image, patch_image_end, windows_image, windows_image_end
.section .factory_model, "a"
  .incbin "base.tflite"
  .balign 16, 0xFF
.section .sender, "a"
patch_image:
  .incbin "update.tmd"
patch_image_end:
windows_image:
  .incbin "windows.bin"
windows_image_end:
