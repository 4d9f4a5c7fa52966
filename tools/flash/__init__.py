"""What puts microhan onto a dongle: images, the flash, the console, and what is kept."""
