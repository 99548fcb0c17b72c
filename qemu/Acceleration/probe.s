# A boot sector that tells a KVM which runs guest kernels from one which only looks as if it did.
#
# Firmware starts even where no kernel does: a hypervisor without hardware support for a second level (nested machines, PVM)
# interprets privileged code with KVM's instruction emulator, which knows what firmware uses and neither vector nor BMI
# instructions, and takes microseconds for each. Kernels use both before they print a line. So: enter long mode, use both,
# run a loop that takes about 0.1 s on a processor and minutes in an interpreter, and leave QEMU with an exit code of our own.
#
#   as --64 -o probe.o probe.s && ld -m elf_x86_64 -Ttext 0x7c00 --oformat binary -o probe.bin probe.o
.intel_syntax noprefix
.code16
.globl _start
_start: cli
        xor     eax, eax
        mov     ds, ax
        mov     es, ax
        mov     ss, ax
        mov     sp, 0x7c00
        cld
        mov     di, 0x1000                  # PML4, PDPT and PD at 0x1000, 0x2000, 0x3000
        mov     cx, 0x0c00
        rep stosd
        mov     word ptr [0x1000], 0x2003   # present, writable
        mov     word ptr [0x2000], 0x3003
        mov     word ptr [0x3000], 0x0083   # present, writable, 2 MiB page at 0
        mov     eax, 0x620                  # CR4: PAE, OSFXSR, OSXMMEXCPT
        mov     cr4, eax
        mov     eax, 0x1000
        mov     cr3, eax
        mov     ecx, 0xc0000080             # EFER: LME
        rdmsr
        or      ah, 1
        wrmsr
        lgdt    [gdt_pointer]
        mov     eax, 0x80000013             # CR0: PG, ET, MP, PE; EM clear
        mov     cr0, eax
        ljmp    0x08, offset long_mode

.code64
long_mode:
        xor     eax, eax
        cpuid
        cmp     eax, 7
        jb      vector
        mov     eax, 7
        xor     ecx, ecx
        cpuid
        bt      ebx, 8                      # BMI2
        jnc     vector
        mov     eax, 5
        mov     ecx, 3
        shlx    eax, eax, ecx
        cmp     eax, 40
        jne     stop
vector: pcmpeqd xmm0, xmm0                  # four times -1
        paddd   xmm0, xmm0                  # four times -2
        movd    eax, xmm0
        cmp     eax, -2
        jne     stop
        mov     ecx, 0x10000000
again:  dec     ecx
        jnz     again
        mov     dx, 0x501                   # isa-debug-exit: QEMU's exit code becomes 2 * 42 + 1
        mov     al, 42
        out     dx, al
stop:   hlt
        jmp     stop

        .balign 8
gdt:    .quad   0
        .quad   0x00209a0000000000          # 0x08: 64-bit code, ring 0
gdt_pointer:
        .word   15
        .long   gdt

        .org    510
        .word   0xaa55
