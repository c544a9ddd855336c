# bash completion for wirectl: source <(wirectl completion bash)

_wirectl() {
	local words=() i word value desc last=${COMP_WORDS[COMP_CWORD]}
	# Bash cuts words at = and :, which are parts of ours.
	for ((i = 1; i <= COMP_CWORD; i++)); do
		word=${COMP_WORDS[i]}
		if ((${#words[@]} > 0)) && [[ $word == [=:]* || ${words[-1]} == *[=:] ]]; then
			words[-1]+=$word
		else
			words+=("$word")
		fi
	done
	# A word in quotation marks is given without the first of them.
	local typed=${words[-1]}
	words[-1]=${typed#[\'\"]}

	local cut=${words[-1]}
	if [[ $last == [=:] ]]; then
		last=
	fi
	cut=${cut%"${last#[\'\"]}"}

	COMPREPLY=()
	while IFS=$'\t' read -r value desc; do
		if [[ $value == :files ]]; then
			compopt -o default 2>/dev/null
			while IFS= read -r word; do
				COMPREPLY+=("$word")
			done < <(compgen -f -- "${words[-1]#"$cut"}")
			compopt -o filenames 2>/dev/null
			continue
		fi
		value=${value#"$cut"}
		if [[ $typed != [\'\"]* && $value == *[^[:alnum:]_.,=:/@%+-]* ]]; then
			printf -v value '%q' "$value"
		fi
		COMPREPLY+=("$value")
	done < <(wirectl __complete -- "${words[@]}" 2>/dev/null)
	if [[ ${#COMPREPLY[@]} == 1 && ${COMPREPLY[0]} == *[=,] ]]; then
		compopt -o nospace 2>/dev/null
	fi
}

complete -F _wirectl wirectl
